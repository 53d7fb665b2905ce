#include "supervisor/run/death_verdict.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

using Answer = DeathVerdict::Answer;

WorkerDeath killed_by(int signal) {
  return {.booted = true, .signal = signal};
}

WorkerDeath exited_with(int code) {
  return {.booted = true, .exit_code = code};
}

constexpr DeathCircumstances running{.any_worker_was_ready = true};

TEST_CASE("a worker that crashes is started again, with a task or without") {
  CHECK(verdict_on(killed_by(SIGSEGV), running).answer == Answer::restart);
  CHECK(verdict_on(killed_by(SIGSEGV), {.any_worker_was_ready = true, .had_task = true}).answer ==
        Answer::restart);
  CHECK(verdict_on(killed_by(SIGKILL), running).answer == Answer::restart);
}

TEST_CASE("a worker that was asked to end is not missed") {
  WorkerDeath retired = exited_with(worker_exit_stopped);
  retired.retired = true;
  CHECK(verdict_on(retired, running).answer == Answer::none);
  WorkerDeath stopped = killed_by(SIGKILL);
  stopped.killed = KillReason::stop;
  CHECK(verdict_on(stopped, running).answer == Answer::none);
}

TEST_CASE("nothing is started while the run stops, not even after a crash") {
  const DeathCircumstances stopping{.run_is_stopping = true, .any_worker_was_ready = true};
  CHECK(verdict_on(killed_by(SIGSEGV), stopping).answer == Answer::none);
  CHECK(verdict_on(exited_with(worker_exit_stopped), stopping).answer == Answer::none);
  // But a crash is a crash, and is reported.
  CHECK_FALSE(was_asked_to_end(killed_by(SIGSEGV), true));
  CHECK(was_asked_to_end(exited_with(worker_exit_stopped), true));
}

TEST_CASE("the worker that somebody debugs ends the run") {
  CHECK(verdict_on(killed_by(SIGSEGV), {.any_worker_was_ready = true, .under_tool = true}).answer ==
        Answer::end_run);
}

TEST_CASE("a worker that stops although nobody told it to shows that the segment is damaged") {
  const DeathVerdict verdict = verdict_on(exited_with(worker_exit_stopped), running);
  CHECK(verdict.answer == Answer::restart);
  CHECK(verdict.segment_is_damaged);
  CHECK_FALSE(verdict_on(exited_with(worker_exit_stopped), {.any_worker_was_ready = true, .had_task = true})
                  .segment_is_damaged);
  CHECK(verdict_on(killed_by(SIGSEGV), {.any_worker_was_ready = true, .segment_says_stop = true})
            .segment_is_damaged);
}

TEST_CASE("a worker's word that the segment is damaged counts once any worker was ready") {
  CHECK(reports_damage(exited_with(worker_exit_damaged), true));
  CHECK_FALSE(reports_damage(exited_with(worker_exit_damaged), false));
  CHECK_FALSE(reports_damage(killed_by(SIGSEGV), true));
  // Before, it is a worker of another version, which cannot start.
  WorkerDeath other_version = exited_with(worker_exit_damaged);
  other_version.booted = false;
  CHECK(verdict_on(other_version, {}).answer == Answer::boot_failure);
  CHECK(verdict_on(other_version, running).answer == Answer::restart);
}

TEST_CASE("a worker that exits while it starts is a boot failure at once") {
  WorkerDeath death = exited_with(worker_exit_boot_failed);
  death.booted = false;
  CHECK(verdict_on(death, {}).answer == Answer::boot_failure);
  CHECK(verdict_on(death, running).answer == Answer::boot_failure);
}

TEST_CASE("crashes before any worker was ready are a boot failure at the third") {
  WorkerDeath death = killed_by(SIGSEGV);
  death.booted = false;
  for (unsigned before = 0; before < 4; ++before) {
    const DeathVerdict verdict = verdict_on(death, {.boot_crashes_before = before});
    CHECK(verdict.boot_crash);
    CHECK(verdict.answer == (before + 1 >= max_boot_crashes ? Answer::boot_failure : Answer::restart));
  }
  CHECK_FALSE(verdict_on(death, running).boot_crash);
}

TEST_CASE("kills from outside are no boot crashes") {
  for (const int signal : {SIGKILL, SIGTERM}) {
    WorkerDeath death = killed_by(signal);
    death.booted = false;
    const DeathVerdict verdict = verdict_on(death, {.boot_crashes_before = 10});
    CHECK_FALSE(verdict.boot_crash);
    CHECK(verdict.answer == Answer::restart);
  }
  WorkerDeath slow = killed_by(SIGKILL);
  slow.booted = false;
  slow.killed = KillReason::slow_boot;
  CHECK(verdict_on(slow, {}).boot_crash);
}

}  // namespace
}  // namespace wm
