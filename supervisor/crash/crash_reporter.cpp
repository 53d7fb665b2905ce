#include "supervisor/crash/crash_reporter.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "supervisor/crash/left_deaths.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t most_waiting = 64;
}  // namespace

CrashReporter::CrashReporter(Settings settings, AnalyzerProcess analyzer, Callbacks callbacks)
    : callbacks_(std::move(callbacks)),
      writer_(std::move(settings), std::move(analyzer), callbacks_.done, callbacks_.discard) {}

CrashReporter::~CrashReporter() {
  finish(std::chrono::milliseconds(0));
}

void CrashReporter::open(JobDirectory job) {
  writer_.open(std::move(job));
  job_file_ = directory().newest_job();
  thread_ = std::thread([this] { run(); });
}

void CrashReporter::keep_job(const JobDescription& job) {
  try {
    // The description names the output and the marks; and with hidden names a crash cannot be replayed
    // anyway.
    if (!writer_.settings().redact_paths) job_file_ = directory().keep_job(job);
  } catch (const std::exception& error) {
    complain(fmt::format("crashes cannot be run again: {}", one_line(error.what())));
  }
}

void CrashReporter::take(DeathFacts facts) {
  facts.job_file = job_file_;
  const std::lock_guard lock(mutex_);
  if (waiting_.size() > 2 * most_waiting && facts.crash_record) {  // each crash record holds a descriptor
    writer_.remove_crash_record(facts);
    facts.crash_record.reset();
    facts.snapshots = 0;
  }
  waiting_.push_back(std::move(facts));
  changed_.notify_all();
}

void CrashReporter::recover(std::optional<RunToken> own_run) {
  const std::lock_guard lock(mutex_);
  left_job_file_ = job_file_;
  recovery_ = own_run;
  changed_.notify_all();
}

bool CrashReporter::wait_until_idle(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return waiting_.empty() && !recovery_ && !working_; });
}

void CrashReporter::finish(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return;
  (void)wait_until_idle(patience);
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
    ending_ = true;
    changed_.notify_all();
  }
  stop_analysis_.request_stop();
  thread_.join();
}

void CrashReporter::run() {
  for (;;) {
    std::optional<DeathFacts> facts;
    bool hurry = false;
    {
      std::unique_lock lock(mutex_);
      working_ = !left_.empty();
      changed_.notify_all();
      changed_.wait(lock, [this] { return ending_ || recovery_ || !waiting_.empty() || !left_.empty(); });
      working_ = true;
      if (recovery_) {
        const auto own_run = *std::exchange(recovery_, std::nullopt);
        lock.unlock();
        find_left_deaths(own_run);
        continue;
      }
      std::deque<DeathFacts>& next = waiting_.empty() ? left_ : waiting_;
      if (next.empty()) {
        working_ = false;
        return;
      }
      facts.emplace(std::move(next.front()));
      next.pop_front();
      hurry = hurry_ || waiting_.size() > most_waiting;
    }
    try {
      writer_.report(*facts, hurry, stop_analysis_.get_token());
    } catch (const std::exception& error) {
      complain(fmt::format("a crash report could not be written: {}", one_line(error.what())));
      writer_.remove_crash_record(*facts);  // thousands of them would fill a disk
    }
  }
}

void CrashReporter::complain(const std::string& problem) {
  if (complained_.exchange(true)) return;
  callbacks_.problem(problem);
}

bool CrashReporter::has_waiting() {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

void CrashReporter::find_left_deaths(std::optional<RunToken> own_run) {
  LeftDeaths left;
  try {
    left = left_deaths(directory(), own_run, stop_analysis_.get_token());
  } catch (const std::exception& error) {
    return complain(fmt::format("crashes of the last run cannot be reported: {}", one_line(error.what())));
  }
  if (left.unreadable > 0) {
    complain(fmt::format("{} crash record{} of an earlier run cannot be read; {} for the next run",
                         left.unreadable, left.unreadable == 1 ? "" : "s",
                         left.unreadable == 1 ? "it stays" : "they stay"));
  }
  if (callbacks_.recovered) callbacks_.recovered(left.deaths.size(), left.unread);
  for (DeathFacts& death : left.deaths) {
    if (death.task && own_run) death.task->id = 0;  // the task ids belong to that run
    death.job_file = left_job_file_;
    left_.push_back(std::move(death));
  }
}

std::string recovery_words(std::size_t found, std::size_t unread) {
  if (found == 0) return {};
  std::string words =
      fmt::format("{} worker{} had crashed when the last run died", found, found == 1 ? "" : "s");
  if (unread > 0) {
    words += fmt::format("; {} further crash record{} {} removed unread, since only {} are reported", unread,
                         unread == 1 ? "" : "s", unread == 1 ? "was" : "were", most_left_deaths);
  }
  return words;
}

}  // namespace wm
