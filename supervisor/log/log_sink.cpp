#include "supervisor/log/log_sink.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/text/console.h"
#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/journal_stream.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t congestion_bytes = std::size_t{4} << 20;  // of lines waiting for the disk
constexpr auto problem_interval = 30s;

LogFormatter::Priorities priorities_on_stderr() {
  return stderr_is_journal() ? LogFormatter::Priorities::shown : LogFormatter::Priorities::none;
}

/// At the end of a job nobody takes the signals that are blocked any more.
bool stop_signal_is_pending() {
  sigset_t pending;
  sigemptyset(&pending);
  if (::sigpending(&pending) != 0) return false;
  return std::ranges::any_of(std::array{SIGINT, SIGQUIT, SIGTERM},
                             [&](int signal) { return sigismember(&pending, signal) == 1; });
}

/// Nothing is written to standard error twice: of two levels for it, the lower one counts.
LogSettings without_copy(LogSettings settings) {
  if (settings.to_stderr() && settings.standard_error) {
    settings.level = std::min(settings.level, *settings.standard_error);
    settings.standard_error.reset();
  }
  return settings;
}

}  // namespace

LogSink::LogSink(const LogSettings& settings)
    : settings_(without_copy(settings)),
      file_(settings.rotation),
      formatter_(settings.format,
                 settings.to_stderr() ? priorities_on_stderr() : LogFormatter::Priorities::none),
      stderr_formatter_(LogFormat::text, priorities_on_stderr()) {}

std::string LogSink::shown_name() const {
  return settings_.to_stderr() ? "standard error" : shown_path(settings_.file);
}

void LogSink::open(const std::optional<JobDirectory>& job, const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (settings_.to_stderr()) return file_.open_stderr();
  if (!path.empty()) settings_.file = path;
  file_.open(LogPlace(settings_.file, job));
}

bool LogSink::wants(LogLevel level) const noexcept {
  return level >= settings_.level || (settings_.standard_error && level >= *settings_.standard_error);
}

void LogSink::reopen() {
  const std::lock_guard lock(mutex_);
  file_.flush(Clock::now());
  file_.reopen();
}

void LogSink::write(const std::vector<LogEvent>& events) {
  std::string lines;
  std::string for_stderr;
  for (const LogEvent& event : events) {
    if (event.level >= settings_.level) formatter_.append(lines, event);
    if (settings_.standard_error && event.level >= *settings_.standard_error) {
      stderr_formatter_.append(for_stderr, event);
    }
  }
  say(for_stderr);
  const std::lock_guard lock(mutex_);
  file_.append(lines);
}

void LogSink::flush() {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  file_.flush(now);
  kill_point(KillPoint::log_written);
  count_lines();
  say_problem(now);
  congested_ = file_.backlog() > congestion_bytes;
}

void LogSink::count_lines() noexcept {
  written_ += file_.take_written();
  lost_ += file_.take_lost();
}

void LogSink::say_problem(Clock::time_point now) {
  if (!file_.rotation_problem().empty() && !rotation_problem_said_) {
    complain_if_possible(
        fmt::format("the log {} is not rotated and grows: {}", shown_name(), file_.rotation_problem()));
    rotation_problem_said_ = true;
  }
  const std::string& problem = file_.problem();
  if (!problem.empty() && (!problem_said_ || now - *problem_said_ > problem_interval)) {
    complain_if_possible(
        fmt::format("cannot write the log {}: {}; trying again every second", shown_name(), problem));
    problem_said_ = now;
  } else if (problem_said_ && problem.empty() && file_.backlog() == 0) {
    complain_if_possible(fmt::format("the log {} can be written again", shown_name()),
                         JournalPriority::notice);
    problem_said_.reset();
  }
}

void LogSink::close(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  const std::lock_guard lock(mutex_);
  file_.end_pause();
  file_.flush(Clock::now());
  while (file_.backlog() > 0 && file_.is_open() && Clock::now() < deadline && !stop_signal_is_pending()) {
    std::this_thread::sleep_for(20ms);
    file_.flush(Clock::now());
  }
  count_lines();
  if (file_.backlog() == 0 || !file_.is_open()) return;
  const std::string problem = file_.problem();
  const bool cuts_line = settings_.to_stderr() && file_.is_within_line();
  const std::uint64_t lost = file_.abandon_backlog();
  lost_ += lost;
  if (cuts_line) say("\n");
  complain(fmt::format("{} could not be written to {}: {}", counted(lost, "log line", "log lines"),
                       shown_name(), problem.empty() ? "its reader is too slow" : problem));
}

}  // namespace wm
