#pragma once

// The crash cells of the workers that live: one file for each life, in JOB_DIR/crashes/cells. Main thread.
//
// Before the job directory exists, a cell is a file without a name on the same file system and gets its name
// when the job opens; where that is not possible, it is a memory file: then a death is lost if the supervisor
// dies, too.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/crash/mapped_cell.h"
#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/pool/cell_file.h"

namespace wm {

struct EndedCell {
  CellFile cell;
  std::string name;  // in JOB_DIR/crashes/cells; "" when it has none
};

class CrashCells {
 public:
  /// `near` is a path on the file system on which cells are to lie; it need not exist.
  CrashCells(unsigned workers, RunToken run, std::string near)
      : run_(run), near_(std::move(near)), lives_(workers), incarnations_(workers) {}
  /// The end of the names of a run's cells.
  [[nodiscard]] static std::string name_ending(RunToken run);
  /// Removes those that were not taken.
  ~CrashCells();
  CrashCells(const CrashCells&) = delete;
  CrashCells& operator=(const CrashCells&) = delete;

  /// A cell for the next life of this worker, whose last one was taken. A full disk makes it a memory file.
  /// Throws std::system_error when not even that can be had.
  [[nodiscard]] const CellFile& begin_life(WorkerIndex worker);
  /// What the worker that lives is at; null when there is none.
  [[nodiscard]] const CellFile* of(WorkerIndex worker) const noexcept {
    const auto& life = lives_[number(worker)];
    return life ? &life->cell : nullptr;
  }
  /// Workers of lives that begin from now on wait for a debugger when they crash.
  void park_the_dying() noexcept { park_ = true; }
  /// The job directory is open: makes that of the cells, and gives names to those without. What is in the way
  /// of it throws UsageError; a cell that gets no name for other reasons does its work, too.
  void open_directory(const JobDirectory& job);
  /// The cell of a life that ended; none when none had begun. Whoever takes it removes it.
  [[nodiscard]] std::optional<EndedCell> take(WorkerIndex worker) noexcept;
  /// Removes the file of a cell that was taken.
  void remove(const EndedCell& cell) const;
  /// From now on remove() and the destructor leave the files: the journal cannot say any more which outputs
  /// were published, and the next run learns it from them.
  void keep_for_next_run() noexcept { kept_ = true; }

 private:
  struct NewCell {
    MappedCell cell;
    std::string name;
  };
  [[nodiscard]] std::string name_for(WorkerIndex worker) const;
  [[nodiscard]] NewCell make(WorkerIndex worker) const;

  RunToken run_;
  bool kept_ = false;
  std::string near_;
  std::optional<JobDirectory> cells_;  // once it is there
  bool park_ = false;
  std::vector<std::optional<EndedCell>> lives_;
  std::vector<std::uint32_t> incarnations_;
};

}  // namespace wm
