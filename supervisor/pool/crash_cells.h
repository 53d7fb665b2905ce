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

namespace wm {

struct EndedCell {
  MappedCell cell;
  std::string path;  // "" when it has no name
};

class CrashCells {
 public:
  /// `directory` is where cells are to lie; it need not exist.
  CrashCells(unsigned workers, RunToken run, std::string directory)
      : run_(run), directory_(std::move(directory)), lives_(workers), incarnations_(workers) {}
  /// Removes those that were not taken.
  ~CrashCells();
  CrashCells(const CrashCells&) = delete;
  CrashCells& operator=(const CrashCells&) = delete;

  /// A cell for the next life of this worker, whose last one was taken. A full disk makes it a memory file.
  /// Throws std::system_error when not even that can be had.
  [[nodiscard]] const MappedCell& begin_life(WorkerIndex worker);
  /// What the worker that lives is at; null when there is none.
  [[nodiscard]] const MappedCell* of(WorkerIndex worker) const noexcept {
    const auto& life = lives_[number(worker)];
    return life ? &life->cell : nullptr;
  }
  /// Workers of lives that begin from now on wait for a debugger when they crash.
  void park_the_dying() noexcept { park_ = true; }
  /// The job's directories exist: makes that of the cells, and gives names to those without. Nothing is
  /// thrown: a cell without a name does its work, too.
  void open_directory() noexcept;
  /// The cell of a life that ended; none when none had begun. Whoever takes it removes it.
  [[nodiscard]] std::optional<EndedCell> take(WorkerIndex worker) noexcept;

 private:
  [[nodiscard]] std::string path_for(WorkerIndex worker) const;
  [[nodiscard]] EndedCell make(WorkerIndex worker) const;

  RunToken run_;
  std::string directory_;
  bool directory_exists_ = false;
  bool park_ = false;
  std::vector<std::optional<EndedCell>> lives_;
  std::vector<std::uint32_t> incarnations_;
};

/// Whether the worker whose cell this is still runs.
[[nodiscard]] bool lives(const CrashCellHead& head);

}  // namespace wm
