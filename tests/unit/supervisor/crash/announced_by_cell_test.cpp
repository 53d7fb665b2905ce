#include "supervisor/crash/announced_by_cell.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/crash/mapped_cell.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

constexpr RunToken run{0x77};
constexpr OutputIdentity first{.inode = 1, .size = 2, .mtime_ns = 3};
constexpr OutputIdentity second{.inode = 4, .size = 5, .mtime_ns = -6};

void announce(CrashCellHead& head, std::uint64_t task, std::uint64_t result, const OutputIdentity& identity) {
  const std::uint64_t index = head.outputs_announced.load();
  head.outputs[index % cell_outputs] = {.task = task, .result = result, .identity = identity};
  head.outputs_announced.store(index + 1);
}

struct Cells {
  TempDir dir;
  std::string cells = dir.path() + "/crashes/cells";
  Cells() { std::filesystem::create_directories(cells); }

  [[nodiscard]] MappedCell make(const std::string& name) const {
    UniqueFd file(::open((cells + "/" + name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    MappedCell cell = MappedCell::create(std::move(file));
    cell.head().run = static_cast<std::uint64_t>(run);
    return cell;
  }
};

TEST_CASE("what the workers of a dead run announced is found in their cells") {
  const Cells cells;
  {
    const MappedCell one = cells.make("W01-1-0000000000000077.cell");
    announce(one.head(), 7, 0, first);
    announce(one.head(), 8, 1, second);
    const MappedCell other = cells.make("W02-1-0000000000000077.cell");
    announce(other.head(), 7, 0, second);
  }
  const AnnouncedOutputs announced = evidence_in_left_cells(JobDirectory::create(cells.dir.path())).announced;
  CHECK(announced.find(run, TaskId{7}, first) == Result::marked);
  CHECK(announced.find(run, TaskId{7}, second) == Result::marked);  // a later attempt, by another worker
  CHECK(announced.find(run, TaskId{8}, second) == Result::copied);
  CHECK_FALSE(announced.find(run, TaskId{8}, first));
  CHECK_FALSE(announced.find(RunToken{0x78}, TaskId{7}, first));
  OutputIdentity changed = first;
  ++changed.mtime_ns;
  CHECK_FALSE(announced.find(run, TaskId{7}, changed));
}

TEST_CASE("what the workers of a dead run were at is found in their cells") {
  const Cells cells;
  {
    const MappedCell busy = cells.make("W01-1-0000000000000077.cell");
    busy.head().task.store(7);
    const MappedCell idle = cells.make("W02-1-0000000000000077.cell");
    idle.head().worker = 1;
  }
  const TasksInProgress tasks = evidence_in_left_cells(JobDirectory::create(cells.dir.path())).in_progress;
  CHECK(tasks.may_have_begun(run, TaskId{7}));
  CHECK_FALSE(tasks.may_have_begun(run, TaskId{8}));
  CHECK(tasks.may_have_begun(RunToken{0x78}, TaskId{8}));  // of a run that left no cells
}

TEST_CASE("what makes no sense in a cell announces nothing") {
  const Cells cells;
  {
    const MappedCell cell = cells.make("W01-1-0000000000000077.cell");
    announce(cell.head(), 7, 9, first);
    announce(cell.head(), 8, 2, first);  // left out: nothing was published
    announce(cell.head(), 9, 0, {});
    cell.head().outputs_announced.store(~std::uint64_t{0});
  }
  std::ofstream(cells.cells + "/short.cell") << "short";
  std::filesystem::create_symlink("short.cell", cells.cells + "/link.cell");
  REQUIRE(::mkfifo((cells.cells + "/pipe.cell").c_str(), 0600) == 0);
  const AnnouncedOutputs announced = evidence_in_left_cells(JobDirectory::create(cells.dir.path())).announced;
  CHECK_FALSE(announced.find(run, TaskId{7}, first));
  CHECK_FALSE(announced.find(run, TaskId{8}, first));
  CHECK_FALSE(announced.find(run, TaskId{9}, {}));
  CHECK_FALSE(announced.find(run, TaskId{0}, {}));
}

TEST_CASE("of many announcements the last ones are kept") {
  const Cells cells;
  const MappedCell cell = cells.make("W01-1-0000000000000077.cell");
  for (std::uint64_t task = 1; task <= cell_outputs + 1; ++task) announce(cell.head(), task, 0, first);
  AnnouncedOutputs announced;
  add_announced(cell.head(), announced);
  CHECK_FALSE(announced.find(run, TaskId{1}, first));
  CHECK(announced.find(run, TaskId{2}, first));
  CHECK(announced.find(run, TaskId{cell_outputs + 1}, first));
}

}  // namespace
}  // namespace wm
