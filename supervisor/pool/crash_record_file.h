#pragma once

// The supervisor's access to crash records. It never maps them: a process that has a crash record open may
// shorten the file at any moment, and the next access to a mapping would kill the reader. All data are copied
// first, then checked. May be called from any thread.

#include <memory>

#include "common/crash/crash_record.h"
#include "common/os/unique_fd.h"

namespace wm {

/// The crash record of a worker that is alive, or may be.
class CrashRecordFile {
 public:
  /// For an open file that was created as a crash record, or is assumed to be one.
  explicit CrashRecordFile(UniqueFd file) : file_(std::move(file)) {}

  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// `prepared` when the file has become too short to contain the state.
  [[nodiscard]] CrashRecordState state() const noexcept;
  [[nodiscard]] UniqueFd release() noexcept { return std::move(file_); }

 private:
  UniqueFd file_;
};

/// Marks the crash record of a dead worker as that of one that ended: there is nothing left to report. What
/// it proves stays. Does nothing if the file cannot be written.
void mark_as_reported(int crash_record) noexcept;

/// A crash record, with a copy of its head at one moment.
class CrashRecord {
 public:
  /// Throws std::system_error, or std::runtime_error when the file is not a crash record of this version.
  explicit CrashRecord(UniqueFd file);
  explicit CrashRecord(CrashRecordFile file) : CrashRecord(file.release()) {}

  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  [[nodiscard]] const CrashRecordHead& head() const noexcept { return *head_; }
  [[nodiscard]] CrashRecordState state() const noexcept;

 private:
  UniqueFd file_;
  std::unique_ptr<const CrashRecordHead> head_;
};

}  // namespace wm
