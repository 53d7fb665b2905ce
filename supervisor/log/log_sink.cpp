#include "supervisor/log/log_sink.h"

#include <string>
#include <thread>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/text/console.h"
#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t congestion_bytes = std::size_t{4} << 20;  // of lines waiting for the disk
constexpr auto problem_interval = 30s;

}  // namespace

LogSink::LogSink(const LogSettings& settings)
    : settings_(settings), file_(settings.rotation), formatter_(settings.format) {}

void LogSink::open(const std::optional<JobDirectory>& job) {
  const std::lock_guard lock(mutex_);
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
  std::uint64_t count = 0;
  for (const LogEvent& event : events) {
    if (event.level >= settings_.level) {
      formatter_.append(lines, event);
      ++count;
    }
    if (settings_.standard_error && event.level >= *settings_.standard_error) {
      stderr_formatter_.append(for_stderr, event);
    }
  }
  written_ += count;
  say(for_stderr);
  const std::lock_guard lock(mutex_);
  file_.append(lines);
}

void LogSink::flush() {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  file_.flush(now);
  kill_point(KillPoint::log_written);
  say_problem(now);
  congested_ = file_.backlog() > congestion_bytes;
}

void LogSink::say_problem(Clock::time_point now) {
  const std::string& problem = file_.problem();
  if (!problem.empty() && (!problem_said_ || now - *problem_said_ > problem_interval)) {
    complain(fmt::format("cannot write the log {}: {}; trying again every second", shown_path(settings_.file),
                         problem));
    problem_said_ = now;
  } else if (problem_said_ && problem.empty() && file_.backlog() == 0) {
    complain(fmt::format("the log {} can be written again", shown_path(settings_.file)));
    problem_said_.reset();
  }
}

void LogSink::close(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  const std::lock_guard lock(mutex_);
  file_.flush(Clock::now() + 1h);  // as if the pause after an earlier error were over
  while (file_.backlog() > 0 && file_.is_open() && Clock::now() < deadline) {
    std::this_thread::sleep_for(100ms);
    file_.flush(Clock::now());
  }
  if (file_.backlog() == 0 || !file_.is_open()) return;
  const std::string problem = file_.problem();
  const std::uint64_t lost = file_.abandon_backlog();
  written_ -= lost;
  lost_ += lost;
  complain(fmt::format("{} could not be written to {}: {}", counted(lost, "log line", "log lines"),
                       shown_path(settings_.file), problem));
}

}  // namespace wm
