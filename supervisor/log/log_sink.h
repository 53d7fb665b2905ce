#pragma once

// The destination of all events: the single log file and, with --log-stderr, standard error. Waits for a full
// disk, and reports it on standard error.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
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

  /// Lines are kept until then. Throws UsageError, std::system_error. Call it once.
  void open(const std::optional<JobDirectory>& job, const std::string& path);
  [[nodiscard]] bool wants(LogLevel level) const noexcept;
  /// Whether LogEvent::fields are shown.
  [[nodiscard]] bool wants_fields() const noexcept { return settings_.format == LogFormat::json; }
  /// Records that are in the file. Never becomes less.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_.load(); }
  /// Records that could not be written by the end.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(); }

  // ---- the collector's thread ----

  void reopen();
  void write(const std::vector<LogEvent>& events);
  /// Writes to the disk, as far as it accepts the data.
  void flush();
  /// So much was waiting for the disk at the last flush that nothing should be added.
  [[nodiscard]] bool is_congested() const noexcept { return congested_; }
  /// Waits for a full disk, or for the reader of standard error, at most `patience` and no longer than until
  /// a signal asks for a stop, then discards the rest.
  void close(std::chrono::milliseconds patience);

 private:
  using Clock = std::chrono::steady_clock;

  void say_problem(Clock::time_point now);
  void count_lines() noexcept;
  [[nodiscard]] std::string shown_name() const;

  LogSettings settings_;
  std::mutex mutex_;  // of file_
  LogFile file_;
  LogFormatter formatter_;
  LogFormatter stderr_formatter_;
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::optional<Clock::time_point> problem_said_;  // while the problem lasts
  bool rotation_problem_said_ = false;
  bool congested_ = false;
};

}  // namespace wm
