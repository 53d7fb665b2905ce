#pragma once

// Crash records as the supervisor uses them. They are never mapped: a process that has a crash record open
// may shorten the file at any moment, and the next access to a mapping of it would kill. What is read is
// copied first, then judged. May be called from any thread.

#include <memory>

#include "common/crash/crash_record.h"
#include "common/os/unique_fd.h"

namespace wm {

/// The crash record of a worker that lives, or may.
class CrashRecordFile {
 public:
  /// Of an open file that was made as a crash record or is taken for one.
  explicit CrashRecordFile(UniqueFd file) : file_(std::move(file)) {}

  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// `prepared` when the file has become too short to say.
  [[nodiscard]] CrashRecordState state() const noexcept;
  [[nodiscard]] UniqueFd release() noexcept { return std::move(file_); }

 private:
  UniqueFd file_;
};

/// A crash record with its head as it was at one moment.
class CrashRecord {
 public:
  /// Throws std::system_error, or std::runtime_error when the file is no crash record of this version.
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
