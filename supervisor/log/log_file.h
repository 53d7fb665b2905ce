#pragma once

// The single log file: appends, rotates, reopens, and keeps lines until a full disk accepts them. One thread,
// the collector's.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/os/unique_fd.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/log/log_place.h"

namespace wm {

class LogFile {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LogFile(std::optional<LogRotation> rotation) : rotation_(rotation) {}

  /// Lines are kept until then. Throws UsageError, std::system_error.
  void open(LogPlace place);
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// Takes whole lines. Nothing is written before flush().
  void append(std::string_view lines) { pending_ += lines; }

  /// Writes the pending lines, as far as the disk accepts them. After an error, waits a second before it
  /// tries again. Never throws: the error is in problem().
  void flush(Clock::time_point now);

  /// Reopens the path (after logrotate moved the file away).
  void reopen();

  /// Bytes that wait for the disk.
  [[nodiscard]] std::size_t backlog() const noexcept { return pending_.size(); }
  /// Why the last write or reopening failed, e.g. "No space left on device"; empty when all is well.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// Discards the backlog and returns the number of lines that were in it. A partly written line is removed
  /// from the file, so that it ends with a whole one.
  [[nodiscard]] std::uint64_t abandon_backlog();

 private:
  void write_whole(std::size_t bytes);
  [[nodiscard]] bool rotate();
  void fail(int error);
  void take_back_partial_line() noexcept;

  std::optional<LogRotation> rotation_;
  std::optional<LogPlace> place_;
  UniqueFd file_;
  std::uint64_t size_ = 0;
  std::uint64_t partial_ = 0;  // bytes of pending_ that are in the file already
  std::string pending_;        // starts at the beginning of a line
  std::string problem_;
  bool reader_is_behind_ = false;
  Clock::time_point retry_at_{};
  Clock::time_point rotate_after_{};
};

}  // namespace wm
