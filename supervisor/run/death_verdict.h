#pragma once

// The consequences of a worker's death for the run. Pure decisions.

#include <csignal>

#include "common/segment/worker_exit.h"
#include "supervisor/pool/worker_pool.h"

namespace wm {

/// The circumstances when the worker died.
struct DeathCircumstances {
  bool run_is_stopping = false;
  bool any_worker_was_ready = false;  // ever, in this run
  bool had_task = false;
  bool under_tool = false;           // a debugger, or valgrind
  bool segment_says_stop = false;    // although the run goes on
  unsigned boot_crashes_before = 0;  // see DeathVerdict::boot_crash
};

struct DeathVerdict {
  enum class Answer : std::uint8_t {
    none,          // it was asked to end, or no workers are started any more
    end_run,       // it was the one being debugged
    boot_failure,  // workers cannot start here
    restart,
  };
  Answer answer = Answer::none;
  bool segment_is_damaged = false;  // the death shows it
  bool boot_crash = false;          // before any worker was ready
};

/// This many of them are a boot failure.
inline constexpr unsigned max_boot_crashes = 3;

/// The worker reports that the shared memory is damaged. If no worker was ever ready, the worker is of
/// another version.
[[nodiscard]] constexpr bool reports_damage(const WorkerDeath& death, bool any_worker_was_ready) {
  return any_worker_was_ready && !death.signal && death.exit_code == worker_exit_damaged;
}

/// It ended because the supervisor, or the user, wanted it to.
[[nodiscard]] constexpr bool was_asked_to_end(const WorkerDeath& death, bool run_is_stopping) {
  return death.retired || death.killed == KillReason::stop || (run_is_stopping && !death.signal);
}

[[nodiscard]] constexpr DeathVerdict verdict_on(const WorkerDeath& death, const DeathCircumstances& at) {
  using Answer = DeathVerdict::Answer;
  if (was_asked_to_end(death, at.run_is_stopping) || at.run_is_stopping) return {.answer = Answer::none};
  if (at.under_tool) return {.answer = Answer::end_run};

  // Only the supervisor may tell workers to stop.
  const bool misled =
      at.any_worker_was_ready && !death.signal && death.exit_code == worker_exit_stopped && !at.had_task;
  DeathVerdict verdict{.answer = Answer::restart, .segment_is_damaged = misled || at.segment_says_stop};
  const bool may_be_boot_failure = !death.booted && !misled && death.killed != KillReason::damage &&
                                   !reports_damage(death, at.any_worker_was_ready);
  if (!may_be_boot_failure) return verdict;
  if (!death.signal) {
    verdict.answer = Answer::boot_failure;
    return verdict;
  }
  const bool killed_from_outside = (death.signal == SIGKILL && !death.killed) || death.signal == SIGTERM;
  verdict.boot_crash = !at.any_worker_was_ready && !killed_from_outside;
  if (verdict.boot_crash && at.boot_crashes_before + 1 >= max_boot_crashes)
    verdict.answer = Answer::boot_failure;
  return verdict;
}

}  // namespace wm
