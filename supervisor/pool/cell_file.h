#pragma once

// Crash cells as the supervisor uses them. They are never mapped: whoever has a cell open may shorten the
// file at any moment, and the next access to a mapping of it would kill. What is read is copied first, then
// judged. May be called from any thread.

#include <memory>

#include "common/crash/crash_cell.h"
#include "common/os/unique_fd.h"

namespace wm {

/// The cell of a worker that lives, or may.
class CellFile {
 public:
  /// Of an open file that was made as a cell or is taken for one.
  explicit CellFile(UniqueFd file) : file_(std::move(file)) {}

  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// `prepared` when the file has become too short to say.
  [[nodiscard]] CellState state() const noexcept;
  [[nodiscard]] UniqueFd release() noexcept { return std::move(file_); }

 private:
  UniqueFd file_;
};

/// A cell with its head as it was at one moment.
class CellRecord {
 public:
  /// Throws std::system_error, or std::runtime_error when the file is no cell of this version.
  explicit CellRecord(UniqueFd file);
  explicit CellRecord(CellFile file) : CellRecord(file.release()) {}

  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  [[nodiscard]] const CrashCellHead& head() const noexcept { return *head_; }
  [[nodiscard]] CellState state() const noexcept;

 private:
  UniqueFd file_;
  std::unique_ptr<const CrashCellHead> head_;
};

}  // namespace wm
