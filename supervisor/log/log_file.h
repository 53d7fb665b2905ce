#pragma once

// The single log file: appends, rotates, reopens, and keeps lines until a full disk accepts them. One thread,
// the collector's.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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
  /// Standard error takes the lines. It is never rotated or reopened, and never waited for: what its reader
  /// has no room for stays pending, and what nobody can read any more is lost. Throws std::system_error.
  void open_stderr();
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// Takes whole lines. Nothing is written before flush().
  void append(std::string_view lines) { pending_ += lines; }

  /// Writes the pending lines, as far as the disk accepts them. After an error, waits a second before it
  /// tries again. Never throws: the error is in problem().
  void flush(Clock::time_point now);
  /// The next flush() tries again at once.
  void end_pause() noexcept { retry_at_ = {}; }

  /// Reopens the path (after logrotate moved the file away).
  void reopen();

  /// Bytes that wait for the disk.
  [[nodiscard]] std::size_t backlog() const noexcept { return pending_.size(); }
  /// The last line that was written is not whole.
  [[nodiscard]] bool is_within_line() const noexcept { return partial_ > 0; }
  /// Why the last write or reopening failed, e.g. "No space left on device"; empty when all is well.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// Why the file could not be rotated and goes on growing; empty when it could.
  [[nodiscard]] const std::string& rotation_problem() const noexcept { return rotation_problem_; }
  /// Discards the backlog and returns the number of lines that were in it. A partly written line is removed
  /// from the file, so that it ends with a whole one.
  [[nodiscard]] std::uint64_t abandon_backlog();
  /// How many lines were lost since the last call because nobody reads standard error any more.
  [[nodiscard]] std::uint64_t take_lost() noexcept { return std::exchange(lost_, 0); }
  /// How many whole lines were written since the last call.
  [[nodiscard]] std::uint64_t take_written() noexcept { return std::exchange(written_, 0); }

 private:
  void write_whole(std::size_t bytes);
  void use(LogPlace::Opened opened);
  [[nodiscard]] bool rotate();
  void fail(int error);
  void take_back_partial_line() noexcept;

  std::optional<LogRotation> rotation_;
  std::optional<LogPlace> place_;  // none: not open, or standard error
  UniqueFd file_;
  bool can_rotate_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t partial_ = 0;  // bytes of pending_ that are in the file already
  std::string pending_;        // starts at the beginning of a line
  std::string problem_, rotation_problem_;
  std::uint64_t lost_ = 0;
  std::uint64_t written_ = 0;  // whole lines
  bool reader_is_behind_ = false;
  Clock::time_point retry_at_{};
  Clock::time_point rotate_after_{};
};

}  // namespace wm
