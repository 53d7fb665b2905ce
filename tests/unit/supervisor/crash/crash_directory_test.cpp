// The index of crashes: what is written comes back, whatever bytes it holds and whatever was cut.

#include "supervisor/crash/crash_directory.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include <nlohmann/json.hpp>

#include "supervisor/crash/crash_report.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

class Index {
 public:
  Index() { crashes.create(); }
  void add(const std::string& id, const std::string& sig8 = "0badcafe") const {
    crashes.add({.id = id, .sig8 = sig8, .worker = 3, .full = true});
  }
  [[nodiscard]] std::string find(const std::string& name) const {
    return find_crash(name, [this] { return JobDirectory::create(job.path()); }).id;
  }
  TempDir job;
  CrashDirectory crashes{JobDirectory::create(job.path())};
};

TEST_CASE("an input comes back byte by byte, whatever its name holds") {
  const Index index;
  for (const std::string& name :
       {std::string("/a/line\nfeed.jpg"), std::string("/a/\xff\xfe%41.jpg"), std::string("/a/100%.jpg"),
        std::string("/a/\x1b[31mred\"quote\\.jpg"), std::string("/a/b\xc3\xa4r.jpg")}) {
    index.crashes.add({.id = "one", .input = name});
    const auto entries = index.crashes.entries();
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().input == name);
  }
}

TEST_CASE("a line that was cut costs only itself") {
  const Index index;
  index.add("first");
  std::ofstream(index.crashes.path() + "/index.jsonl", std::ios::app) << R"({"schema":1,"id":"cu)";
  index.add("second");
  const auto entries = index.crashes.entries();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].id == "first");
  CHECK(entries[1].id == "second");
}

TEST_CASE("of two lines with one ID the later one counts, in the place of the first") {
  const Index index;
  index.add("one", "11111111");
  index.add("two");
  index.add("one", "22222222");
  const auto entries = index.crashes.entries();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].id == "one");
  CHECK(entries[0].sig8 == "22222222");
}

TEST_CASE("lines that would lead out of the directory are left out") {
  const Index index;
  index.add("../../etc");
  index.add("..");
  CHECK(index.crashes.entries().empty());
}

TEST_CASE("a crash is found by its ID and by a beginning that no other has") {
  const Index index;
  index.add("20261124T120355Z-W03-SIGSEGV-11111111", "11111111");
  index.add("20261124T120412Z-W01-SIGABRT-22222222", "22222222");
  CHECK(index.find("20261124T120412Z-W01-SIGABRT-22222222") == "20261124T120412Z-W01-SIGABRT-22222222");
  CHECK(index.find("20261124T1203") == "20261124T120355Z-W03-SIGSEGV-11111111");
  CHECK_THROWS_AS(index.find("20261124T12"), UsageError);
  CHECK_THROWS_AS(index.find("2025"), UsageError);
}

TEST_CASE("a report that is missing, damaged or no report is refused in words") {
  const Index index;
  const std::string id = index.crashes.create_crash("one");
  CHECK_THROWS_AS(read_report({index.crashes, id}), UsageError);
  for (const char* const text : {"", "{", "[]", "{}", R"({"schema":1})", R"({"schema":"1"})", "null"}) {
    CAPTURE(text);
    index.crashes.write(id, "report.json", text);
    CHECK_THROWS_AS(read_report({index.crashes, id}), UsageError);
  }
}

TEST_CASE("nothing is written through links that somebody put in the way") {
  const TempDir elsewhere;
  const TempDir job;
  const CrashDirectory crashes(JobDirectory::create(job.path()));
  std::filesystem::create_directory_symlink(elsewhere.path(), crashes.path());
  CHECK_THROWS_AS(crashes.create(), UsageError);

  const Index index;
  std::filesystem::create_directory_symlink(elsewhere.path(), index.crashes.path() + "/jobs");
  CHECK_THROWS_AS(index.crashes.keep_job(JobDescription{}), UsageError);
  std::filesystem::create_symlink(elsewhere.path() + "/file", index.crashes.path() + "/index.jsonl");
  CHECK_THROWS_AS(index.crashes.add({.id = "one"}), UsageError);
  CHECK(std::filesystem::is_empty(elsewhere.path()));
}

}  // namespace
}  // namespace wm::test
