#pragma once

// The crash cells of the workers that live: one file for each life. Main thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "common/crash/mapped_cell.h"
#include "common/job/task.h"
#include "common/job/temporary_name.h"

namespace wm {

class CrashCells {
 public:
  CrashCells(unsigned workers, RunToken run) : run_(run), cells_(workers), incarnations_(workers) {}

  /// A cell for the next life of this worker, whose last one was taken. Throws std::system_error.
  [[nodiscard]] const MappedCell& begin_life(WorkerIndex worker);
  /// What the worker that lives is at; null when there is none.
  [[nodiscard]] const CrashCellHead* head(WorkerIndex worker) const noexcept {
    const auto& cell = cells_[number(worker)];
    return cell ? &cell->head() : nullptr;
  }
  /// Workers of lives that begin from now on wait for a debugger when they crash.
  void park_the_dying() noexcept { park_ = true; }
  /// The cell of a life that ended; none when none had begun.
  [[nodiscard]] std::optional<MappedCell> take(WorkerIndex worker) noexcept;

 private:
  RunToken run_;
  bool park_ = false;
  std::vector<std::optional<MappedCell>> cells_;
  std::vector<std::uint32_t> incarnations_;
};

}  // namespace wm
