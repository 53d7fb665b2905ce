// What becomes of the crash record of a death that was reported.

#include "supervisor/crash/crash_reporter.h"

#include <fcntl.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "supervisor/pool/crash_record_file.h"
#include "tests/support/catch.h"
#include "tests/support/crash_records.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a reported crash record stays where it is until its run discards it, and is reported once only") {
  const bool keep_crash_data = GENERATE(false, true);
  const TempDir dir;
  const std::string name = "W01-1-0000000000000077.cell";
  const std::string path = dir.path() + "/crashes/cells/" + name;
  write_crash_record(path, {});
  for (const std::string& made : {dir.path() + "/crashes", dir.path() + "/crashes/cells"})
    fs::permissions(made, fs::perms::owner_all);
  std::vector<std::string> discarded;
  std::string id;
  {
    CrashReporter reporter(
        {.command = {}, .keep_crash_data = keep_crash_data, .redact_paths = false},
        AnalyzerProcess("", std::chrono::seconds(1)),
        {.done = [&](const CrashEntry& entry, const std::optional<DeathTask>&) { id = entry.id; },
         .problem = [](const std::string& problem) { FAIL_CHECK(problem); },
         .recovered = {},
         .discard = [&](const std::string& file) { discarded.push_back(file); }});
    reporter.open(JobDirectory::create(dir.path()));
    DeathFacts facts;
    facts.worker = 1;
    facts.exit_code = 7;
    facts.take_crash_record(CrashRecordFile(UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC))), name);
    reporter.take(std::move(facts));
  }
  CHECK(discarded == std::vector{name});
  const auto state_of = [](const std::string& file) {
    return CrashRecordFile(UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC))).state();
  };
  REQUIRE(fs::exists(path));
  CHECK(state_of(path) == CrashRecordState::ended);
  // Without an analyzer, the report is raw.
  CHECK(state_of(dir.path() + "/crashes/" + id + "/cell") == CrashRecordState::recorded);
}

}  // namespace
}  // namespace wm::test
