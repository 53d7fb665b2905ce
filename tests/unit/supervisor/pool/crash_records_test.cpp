// How long the files of crash records stay: as long as they may be the only proof of what a worker published.

#include "supervisor/pool/crash_records.h"

#include <filesystem>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

struct RecordsFixture {
  TempDir job;
  CrashRecords crash_records{3, RunToken{0x77}, job.path()};

  RecordsFixture() { crash_records.open_directory(JobDirectory::create(job.path() + "/job")); }

  /// The name of its file, "" where there is no room for one.
  std::string end_life(unsigned worker) {
    (void)crash_records.begin_life(static_cast<WorkerIndex>(worker));
    const std::string name = crash_records.take(static_cast<WorkerIndex>(worker)).value().name;
    if (name.empty()) skip("no room for crash records here");
    crash_records.remove_later(name);
    return name;
  }
  [[nodiscard]] bool has(const std::string& name) const {
    return std::filesystem::exists(job.path() + "/job/crashes/cells/" + name);
  }
};

TEST_CASE("the file of an ended life stays until the journal has committed what it had been given by then") {
  RecordsFixture f;
  const std::string first = f.end_life(0);
  f.crash_records.remove_proved(10, 9);
  CHECK(f.has(first));
  const std::string second = f.end_life(1);
  f.crash_records.remove_proved(12, 10);
  CHECK_FALSE(f.has(first));
  CHECK(f.has(second));
  f.crash_records.remove_proved(20, 11);
  CHECK(f.has(second));
  f.crash_records.remove_proved(20, 12);
  CHECK_FALSE(f.has(second));
  // Nothing was handed to the journal since.
  const std::string third = f.end_life(2);
  f.crash_records.remove_proved(20, 20);
  CHECK_FALSE(f.has(third));
}

TEST_CASE("closing removes all files, unless the next run needs them") {
  RecordsFixture f;
  const std::string ended = f.end_life(0);
  (void)f.crash_records.begin_life(WorkerIndex{1});
  const bool keep = GENERATE(false, true);
  if (keep) f.crash_records.keep_for_next_run();
  f.crash_records.close();
  CHECK(f.has(ended) == keep);
  CHECK(std::filesystem::is_empty(f.job.path() + "/job/crashes/cells") != keep);
}

}  // namespace
}  // namespace wm::test
