#include "supervisor/scratch/scratch_copier.h"

#include <array>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "supervisor/journal/journal_copy.h"
#include "supervisor/scratch/scratch_journal.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::array<std::chrono::milliseconds, 3> pauses_at_the_end{500ms, 2s, 5s};

std::chrono::milliseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

}  // namespace

ScratchCopier::ScratchCopier(Parts parts, Check check, Notice notice, const CopyIntervals& intervals)
    : parts_(std::move(parts)), check_(std::move(check)), notice_(std::move(notice)), intervals_(intervals) {}

void ScratchCopier::start(First first) {
  requested_ = first == First::at_once;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void ScratchCopier::request() {
  {
    const std::lock_guard lock(mutex_);
    requested_ = true;
  }
  changed_.notify_all();
}

void ScratchCopier::run(const std::stop_token& stop) {
  bool failed = false;
  std::chrono::milliseconds pause = intervals_.normal;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, pause, [this] { return requested_; });
      if (stop.stop_requested()) return;
      requested_ = false;
    }
    const auto began = Clock::now();
    const std::string problem = try_to_copy(stop, Evidence::remove);
    if (stop.stop_requested()) return;
    if (!problem.empty() && !failed) {
      notice_(LogLevel::warning,
              fmt::format("the journal could not be copied to {}: {}; that is tried again and again",
                          shown_path(parts_.job.path()), problem));
    }
    if (problem.empty() && failed)
      notice_(LogLevel::info,
              fmt::format("the journal is copied to {} again", shown_path(parts_.job.path())));
    failed = !problem.empty();
    pause = intervals_.after(failed, since(began));
  }
}

bool ScratchCopier::copy(const std::stop_token& stop, Evidence evidence) {
  if (!evidence_from_) evidence_from_ = parts_.evidence->begin_next();
  JournalCopy copy(parts_.job, parts_.run, mode_in_job);
  if (!copy.write(open_journal_to_copy(parts_.scratch), stop)) return false;
  if (check_) check_();
  copy.publish();
  const std::uint64_t from = *std::exchange(evidence_from_, std::nullopt);
  if (evidence == Evidence::remove) parts_.evidence->remove_before(from);
  if (parts_.copies_log) copy_log(parts_.scratch, parts_.job);
  return true;
}

std::string ScratchCopier::try_to_copy(const std::stop_token& stop, Evidence evidence) {
  try {
    static_cast<void>(copy(stop, evidence));
    return {};
  } catch (const std::exception& error) {
    return one_line(error.what());
  }
}

void ScratchCopier::pause() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::string ScratchCopier::finish(Evidence evidence) {
  pause();
  std::string problem = try_to_copy({}, evidence);
  for (const auto pause : pauses_at_the_end) {
    if (problem.empty()) break;
    parts_.job.require_may_change();  // a job that is lost is not waited for
    std::this_thread::sleep_for(pause);
    problem = try_to_copy({}, evidence);
  }
  return problem;
}

}  // namespace wm
