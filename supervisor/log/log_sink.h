#pragma once

// Where events end: the one log file and, with --log-stderr, standard error. A full disk is waited for, and
// said on standard error.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "supervisor/cli/job_settings.h"
#include "supervisor/log/log_event.h"
#include "supervisor/log/log_file.h"
#include "supervisor/log/log_format.h"

namespace wm {

class LogSink {
 public:
  explicit LogSink(const LogSettings& settings);

  // ---- any thread ----

  /// Until then lines are kept. Throws UsageError, std::system_error. Call it once.
  void open(const std::optional<JobDirectory>& job);
  [[nodiscard]] bool wants(LogLevel level) const noexcept;
  /// Records that were handed to the file, but for those in lost().
  [[nodiscard]] std::uint64_t written() const noexcept { return written_.load(); }
  /// Records that the disk did not take until the end.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(); }

  // ---- the collector's thread ----

  void reopen();
  void write(const std::vector<LogEvent>& events);
  /// To the disk, as far as it takes it.
  void flush();
  /// So much waits for the disk that nothing should be added to it. As of the last flush.
  [[nodiscard]] bool is_congested() const noexcept { return congested_; }
  /// Waits for a full disk at most `patience`, then gives up what is left.
  void close(std::chrono::milliseconds patience);

 private:
  using Clock = std::chrono::steady_clock;

  void say_problem(Clock::time_point now);

  LogSettings settings_;
  std::mutex mutex_;  // of file_
  LogFile file_;
  LogFormatter formatter_;
  LogFormatter stderr_formatter_{LogFormat::text};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::optional<Clock::time_point> problem_said_;  // while it lasts
  bool congested_ = false;
};

}  // namespace wm
