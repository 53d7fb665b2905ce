#include "supervisor/report/quarantine_list.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct QuarantineFixture {
  TempDir dir;
  std::string list_path = dir.path() + "/quarantine.txt";
  QuarantineList list{JobDirectory::create(dir.path())};

  QuarantinedInput make(const std::string& name, std::uint64_t task = 17,
                        const std::string& bytes = "poison") const {
    const std::string path = dir.path() + "/" + name;
    std::ofstream(path) << bytes;
    return {.task = static_cast<TaskId>(task),
            .path = path,
            .shown_from = dir.path().size() + 1,
            .failure = {FailureKind::crash, "the worker\tdied\nbadly"},
            .attempts = 2,
            .tried_ns = 1'700'000'000'999'999'999};
  }
  static QuarantineSource source(const std::vector<QuarantinedInput>& inputs) {
    return [inputs](const auto& visit) {
      for (const auto& input : inputs) visit(input);
    };
  }
};

TEST_CASE("a quarantined input is one line of five columns, whatever its name is") {
  const QuarantineFixture f;
  CHECK(quarantine_line(f.make("a\tb\nc\\d.jpg")) ==
        "a\\tb\\nc\\\\d.jpg\tcrash\t2\t2023-11-14T22:13:20Z\tthe worker\\tdied\\nbadly\n");
}

TEST_CASE("the list is appended to at once, written anew at the end, and removed when it is empty") {
  QuarantineFixture f;
  const auto first = f.make("1.jpg", 1);
  const auto second = f.make("2.jpg", 2);
  CHECK_FALSE(f.list.add(first));
  CHECK(contents(f.list_path) == quarantine_line(first));
  CHECK_FALSE(f.list.add(second));
  CHECK(contents(f.list_path) == quarantine_line(first) + quarantine_line(second));
  f.list.rewrite(QuarantineFixture::source({second}));
  CHECK(contents(f.list_path) == quarantine_line(second));
  CHECK_FALSE(fs::exists(f.list_path + ".tmp"));
  CHECK_FALSE(f.list.add(first));
  CHECK(contents(f.list_path) == quarantine_line(second) + quarantine_line(first));
  f.list.rewrite(QuarantineFixture::source({}));
  CHECK_FALSE(fs::exists(f.list_path));
  f.list.rewrite(QuarantineFixture::source({}));
  const std::vector<QuarantinedInput> many(3000, first);
  f.list.rewrite(QuarantineFixture::source(many));
  CHECK(contents(f.list_path).size() == many.size() * quarantine_line(first).size());
}

TEST_CASE("what cannot be listed is told in one line") {
  QuarantineFixture f;
  fs::create_directory(f.list_path);
  const auto problem = f.list.add(f.make("b.jpg"));
  REQUIRE(problem);
  CHECK(problem->find('\n') == std::string::npos);
  CHECK(problem->find("quarantine.txt") != std::string::npos);
}

}  // namespace
}  // namespace wm
