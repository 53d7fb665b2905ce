// CrashRecordDirectory that a supervisor left behind, and what reports make of them, when they hold anything.

#include "supervisor/crash/left_deaths.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

#include "common/crash/crash_record.h"
#include "common/crash/snapshot_format.h"
#include "supervisor/crash/report_json.h"
#include "supervisor/crash/report_maker.h"
#include "supervisor/crash/report_text.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/process_status.h"
#include "tests/support/catch.h"
#include "tests/support/crash_records.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  TempDir job;
  std::string crash_records = job.path() + "/crashes/cells";

  Fixture() {
    fs::create_directories(crash_records);
    for (const std::string& directory : {job.path(), job.path() + "/crashes", crash_records})
      fs::permissions(directory, fs::perms::owner_all);
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return crash_records + "/" + name + ".cell";
  }
  [[nodiscard]] std::size_t records() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(crash_records), {}));
  }
  [[nodiscard]] LeftDeaths find(std::optional<RunToken> own = {}, const std::stop_token& stop = {}) const {
    return left_deaths(CrashDirectory(JobDirectory::create(job.path())), own, stop);
  }
};

TEST_CASE("a crash record of a death is reported with a file that nobody will open") {
  const Fixture f;
  write_crash_record(f.path("W01-1-0000000000000001"), {.worker = 70000, .input = "/dev/zero"});
  const LeftDeaths left = f.find();
  REQUIRE(left.deaths.size() == 1);
  const DeathFacts& death = left.deaths.front();
  CHECK(death.worker == 70000 % max_workers + 1);
  REQUIRE(death.task);
  CHECK(death.task->input == "/dev/zero");
  CHECK_FALSE(death.task->found.is_known());
  REQUIRE(death.files.size() == 1);
  CHECK_FALSE(death.files.front().found.is_known());
}

TEST_CASE(
    "what is no crash record of a death is removed, but not that of this run, nor what is no crash record by "
    "name") {
  const Fixture f;
  write_crash_record(f.path("W01-1-0000000000000001"), {.state = CrashRecordState::ended});
  write_crash_record(f.path("W01-2-0000000000000001"), {.state = CrashRecordState::armed, .pid = 999999});
  write_crash_record(f.path("W01-3-0000000000000001"),
                     {.state = CrashRecordState::armed, .pid = ::getpid()});                    // it lives
  write_crash_record(f.path("W01-1-0000000000000abc"), {.state = CrashRecordState::recorded});  // of this run
  std::ofstream(f.path("W01-4-0000000000000001")) << "no crash record";
  REQUIRE(::mkfifo(f.path("W01-5-0000000000000001").c_str(), 0600) == 0);
  std::ofstream(f.job.path() + "/victim") << "untouched";
  fs::create_symlink(f.job.path() + "/victim", f.path("W01-6-0000000000000001"));
  std::ofstream(f.crash_records + "/notes.txt") << "of the user";
  CHECK(f.find(RunToken{0xabc}).deaths.empty());
  CHECK(fs::exists(f.path("W01-3-0000000000000001")));
  CHECK(fs::exists(f.path("W01-1-0000000000000abc")));
  CHECK(fs::exists(f.crash_records + "/notes.txt"));
  CHECK(fs::exists(f.job.path() + "/victim"));
  CHECK(std::distance(fs::directory_iterator(f.crash_records), fs::directory_iterator{}) == 3);
}

TEST_CASE("handlers that never end are waited for together, and not at all when there is no time") {
  const Fixture f;
  for (int i = 0; i < 200; ++i) {
    write_crash_record(f.path("W01-" + std::to_string(i) + "-0000000000000001"),
                       {.state = CrashRecordState::dying, .pid = ::getpid()});
  }
  std::stop_source stop;
  if (GENERATE(true, false)) stop.request_stop();
  const bool is_run = GENERATE(true, false);
  const LeftDeaths left = f.find(is_run ? std::optional(RunToken{0xabc}) : std::nullopt, stop.get_token());
  CHECK(left.deaths.size() == most_left_deaths);
  CHECK(left.unread == 200 - most_left_deaths);
  // They prove what was published until a run has seen them.
  CHECK(f.records() == (is_run ? most_left_deaths : 200));
}

TEST_CASE("a directory of crash records that is a link is refused") {
  const Fixture f;
  fs::rename(f.crash_records, f.job.path() + "/elsewhere");
  fs::create_directory_symlink(f.job.path() + "/elsewhere", f.crash_records);
  CHECK_THROWS(f.find());
}

/// Random words, most of them small, so that counts and sizes are often near the truth.
template <class Value>
void fill(Value& value, std::minstd_rand& random) {
  auto* const bytes = reinterpret_cast<unsigned char*>(&value);
  for (std::size_t i = 0; i < sizeof value; i += 1 + random() % 64) {
    const auto kind = random() % 4;
    bytes[i] = static_cast<unsigned char>(kind == 0 ? random() : kind == 1 ? 0xFF : random() % 3);
  }
}

TEST_CASE("whatever a crash record holds, there is a report on it that has its form") {
  std::minstd_rand random(20261129);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const Fixture f;
    const std::string path = f.path("W01-1-0000000000000001");
    write_crash_record(path, {.input = "/in/a.jpg", .map = map_line(0x400000, 4096, "/usr/lib/x.so")});
    {
      auto head = std::make_unique<CrashRecordHead>();
      auto header = std::make_unique<SnapshotHeader>();
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.read(reinterpret_cast<char*>(head.get()), sizeof *head);
      fill(*head, random);
      head->magic = crash_record_magic;
      head->version = crash_record_version;
      head->state.store(static_cast<std::uint32_t>(CrashRecordState::recorded));
      file.seekp(0);
      file.write(reinterpret_cast<const char*>(head.get()), sizeof *head);
      if (round % 2 == 0) {
        fill(*header, random);
        header->magic = snapshot_magic;
        header->version = snapshot_version;
        file.seekp(static_cast<std::streamoff>(offset_of_area(area_of_death)));
        file.write(reinterpret_cast<const char*>(header.get()), sizeof *header);
      }
    }
    const LeftDeaths left = f.find();
    REQUIRE(left.deaths.size() == 1);
    const CrashReport report =
        make_report(left.deaths.front(), {}, {}, {.id = "ID", .redact_paths = round % 3 == 0});
    CHECK(report_from(json_from_text(to_text(report_json(report), -1, InvalidUtf8::replace))));
    CHECK(report_text(report).find('\x1b') == std::string::npos);
  }
}

}  // namespace
}  // namespace wm::test
