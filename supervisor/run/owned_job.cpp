#include "supervisor/run/owned_job.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/value_texts.h"
#include "supervisor/journal/journal_renewal.h"
#include "supervisor/ownership/local_locks.h"
#include "supervisor/run/job_files.h"
#include "supervisor/run/lock_wait.h"
#include "supervisor/text/console.h"
#include "supervisor/text/usage_error.h"

namespace wm {

OwnedJob::OwnedJob(const JobSettings& settings, const MappedSegment& segment)
    : settings_(settings), segment_(segment), directory_(JobDirectory::find(settings.job_directory)) {}

void OwnedJob::leave() noexcept {
  if (ownership_) ownership_->leave();  // a thread that was left behind may still ask it
}

bool OwnedJob::take(RunToken run, RunState::Clock::time_point now) {
  if (ownership_) return true;
  if (now < next_try_) return false;
  if (!directory_) directory_ = create_job_directories(settings_);
  const std::chrono::milliseconds wait = settings_.run.wait_lock;
  const auto pause = [&] {
    return pause_between_looks(
        std::chrono::duration_cast<std::chrono::milliseconds>(now - (*wait_ends_ - wait)));
  };
  try {
    take_at_once(run);
    return true;
  } catch (const OwnerInDoubt& doubt) {
    if (!said_in_doubt_) complain(doubt.what());
    said_in_doubt_ = true;
    if (!wait_ends_) wait_ends_ = now + wait;
    // The owner may end meanwhile, or show again.
    next_try_ = now + std::min<std::chrono::nanoseconds>(doubt.pause(), pause());
    return false;
  } catch (const JobHeld& held) {
    if (!wait_ends_) wait_ends_ = now + wait;
    if (now >= *wait_ends_) throw;
    if (!said_waiting_) complain(fmt::format("waiting up to {}: {}", text_of(wait), held.what()));
    said_waiting_ = true;
    next_try_ = std::min(now + pause(), *wait_ends_);
    return false;
  }
}

bool OwnedJob::take_for_reports(RunToken run) {
  if (ownership_) return true;
  try {
    if (!directory_) directory_ = create_job_directories(settings_);
    take_at_once(run);
    return true;
  } catch (const JobHeld&) {
    return false;
  }
}

/// Throws JobHeld.
void OwnedJob::take_at_once(RunToken run) {
  // Where the kernel knows every lock, this one shows that nobody has the journal open, and nobody takes the
  // job over from a process that hangs.
  const bool lock_decides = locks_are_seen_by_all(directory_->fd());
  auto taken = opened([&] {
    const auto touched = [this, lock_decides](std::int64_t until_ns) {
      segment_.header().owned_until_ns.store(until_ns, std::memory_order_seq_cst);
      if (!lock_decides) ++touches_;
    };
    return std::make_shared<JobOwnership>(
        *directory_, run, JobOwnership::Notices{.touched = touched, .lost = [this] { lost_.post(); }},
        observation_, !lock_decides && is_unclosed(*directory_));
  });
  {
    const std::lock_guard lock(mutex_);
    ownership_ = std::move(taken);
  }
  directory_->ask_before_changes(while_owned(ownership_));
}

void OwnedJob::release() {
  ownership_->release();
}

std::string OwnedJob::why_lost() const {
  const std::lock_guard lock(mutex_);
  return ownership_ ? ownership_->why_lost() : "";
}

void OwnedJob::require_not_lost() const {
  if (ownership_) ownership_->require_not_lost();
}

}  // namespace wm
