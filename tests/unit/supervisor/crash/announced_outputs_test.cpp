#include "supervisor/crash/announced_outputs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/crash/mapped_crash_record.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

constexpr RunToken this_run{0x77};
constexpr OutputIdentity first{.inode = 1, .size = 2, .mtime_ns = 3};
constexpr OutputIdentity second{.inode = 4, .size = 5, .mtime_ns = -6};

void announce(CrashRecordHead& head, std::uint64_t task, std::uint64_t result,
              const OutputIdentity& identity) {
  const std::uint64_t index = head.outputs_announced.load();
  head.outputs[index % recorded_outputs] = {.task = task, .result = result, .identity = identity};
  head.outputs_announced.store(index + 1);
}

struct CrashRecordDirectory {
  TempDir dir;
  std::string crash_records = dir.path() + "/crashes/cells";
  CrashRecordDirectory() { std::filesystem::create_directories(crash_records); }

  [[nodiscard]] MappedCrashRecord make(const std::string& name) const {
    UniqueFd file(::open((crash_records + "/" + name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    MappedCrashRecord crash_record = MappedCrashRecord::create(std::move(file));
    crash_record.head().run = static_cast<std::uint64_t>(this_run);
    return crash_record;
  }
};

TEST_CASE("what the workers of a dead run announced is found in their crash records") {
  const CrashRecordDirectory crash_records;
  {
    const MappedCrashRecord one = crash_records.make("W01-1-0000000000000077.cell");
    announce(one.head(), 7, 0, first);
    announce(one.head(), 8, 1, second);
    const MappedCrashRecord other = crash_records.make("W02-1-0000000000000077.cell");
    announce(other.head(), 7, 0, second);
  }
  const AnnouncedOutputs announced =
      evidence_in_left_records(JobDirectory::create(crash_records.dir.path())).announced;
  CHECK(announced.find(this_run, TaskId{7}, first) == Result::marked);
  CHECK(announced.find(this_run, TaskId{7}, second) == Result::marked);  // a later attempt, by another worker
  CHECK(announced.find(this_run, TaskId{8}, second) == Result::copied);
  CHECK_FALSE(announced.find(this_run, TaskId{8}, first));
  CHECK_FALSE(announced.find(RunToken{0x78}, TaskId{7}, first));
  OutputIdentity changed = first;
  ++changed.mtime_ns;
  CHECK_FALSE(announced.find(this_run, TaskId{7}, changed));
}

TEST_CASE("what the workers of a dead run were at is found in their crash records") {
  const CrashRecordDirectory crash_records;
  {
    const MappedCrashRecord busy = crash_records.make("W01-1-0000000000000077.cell");
    busy.head().task.store(7);
    const MappedCrashRecord idle = crash_records.make("W02-1-0000000000000077.cell");
    idle.head().worker = 1;
  }
  const TasksInProgress tasks =
      evidence_in_left_records(JobDirectory::create(crash_records.dir.path())).in_progress;
  CHECK(tasks.may_have_begun(this_run, TaskId{7}));
  CHECK_FALSE(tasks.may_have_begun(this_run, TaskId{8}));
  CHECK(tasks.may_have_begun(RunToken{0x78}, TaskId{8}));  // of a run that left no crash records
}

TEST_CASE("what makes no sense in a crash record announces nothing") {
  const CrashRecordDirectory crash_records;
  {
    const MappedCrashRecord crash_record = crash_records.make("W01-1-0000000000000077.cell");
    announce(crash_record.head(), 7, 9, first);
    announce(crash_record.head(), 8, 2, first);  // left out: nothing was published
    announce(crash_record.head(), 9, 0, {});
    crash_record.head().outputs_announced.store(~std::uint64_t{0});
  }
  std::ofstream(crash_records.crash_records + "/short.cell") << "short";
  std::filesystem::create_symlink("short.cell", crash_records.crash_records + "/link.cell");
  REQUIRE(::mkfifo((crash_records.crash_records + "/pipe.cell").c_str(), 0600) == 0);
  const AnnouncedOutputs announced =
      evidence_in_left_records(JobDirectory::create(crash_records.dir.path())).announced;
  CHECK_FALSE(announced.find(this_run, TaskId{7}, first));
  CHECK_FALSE(announced.find(this_run, TaskId{8}, first));
  CHECK_FALSE(announced.find(this_run, TaskId{9}, {}));
  CHECK_FALSE(announced.find(this_run, TaskId{0}, {}));
}

TEST_CASE("of many announcements the last ones are kept") {
  const CrashRecordDirectory crash_records;
  const MappedCrashRecord crash_record = crash_records.make("W01-1-0000000000000077.cell");
  for (std::uint64_t task = 1; task <= recorded_outputs + 1; ++task)
    announce(crash_record.head(), task, 0, first);
  AnnouncedOutputs announced;
  add_announced(crash_record.head(), announced);
  CHECK_FALSE(announced.find(this_run, TaskId{1}, first));
  CHECK(announced.find(this_run, TaskId{2}, first));
  CHECK(announced.find(this_run, TaskId{recorded_outputs + 1}, first));
}

}  // namespace
}  // namespace wm
