#include "supervisor/run/task_outcomes.h"

#include <atomic>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/crash/announced_outputs.h"
#include "supervisor/dispatch/retry_policy.h"
#include "supervisor/log/log_format.h"
#include "supervisor/pool/death_words.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

/// The one that an attempt was in when it ended; "" when it was in none.
std::string_view last_stage(const StageTimes& times) {
  for (std::size_t i = stage_count; i > 0; --i) {
    if (times[i - 1] > 0) return stage_names[i - 1];
  }
  return {};
}

}  // namespace

bool TaskOutcomes::collect() {
  bool any = false;
  parts_.dispatcher.collect([&](Assignment assignment, WorkerIndex worker, const Outcome& outcome) {
    any = true;
    on_outcome(std::move(assignment), worker, outcome);
  });
  return any;
}

void TaskOutcomes::on_outcome(Assignment assignment, WorkerIndex worker, const Outcome& outcome) {
  parts_.state.note_outcome(RunState::Clock::now());
  end_task(assignment, worker, outcome);
  if (!outcome.failure) {
    parts_.limits.note_duration(std::chrono::nanoseconds(total_ns(outcome.stage_ns)));
    return parts_.recorder.take_done(assignment, worker, outcome);
  }
  if (was_published_before(assignment, worker, outcome) || is_contested(assignment, worker)) return;
  if (outcome.blame == Blame::output_disk) return on_output_disk_full(assignment, worker, *outcome.failure);
  const bool short_of_memory = outcome.failure->kind == FailureKind::out_of_memory;
  assignment.needs_all =
      needs_all(short_of_memory ? MemoryShortage::of_machine : MemoryShortage::none, false);
  end_attempt(std::move(assignment), worker, *outcome.failure,
              {.elapsed_ns = total_ns(outcome.stage_ns), .stage = last_stage(outcome.stage_ns)});
}

/// Whatever the outcome, the worker lived to report it.
void TaskOutcomes::end_task(const Assignment& assignment, WorkerIndex worker, const Outcome& outcome) {
  const pid_t pid = parts_.pool.pid(worker);
  parts_.recorder.note_stages(outcome.stage_ns);
  parts_.limits.note_outcome(worker);
  parts_.memory.end_task(worker, pid, assignment.ticket);
  parts_.restarts.note_outcome();
  parts_.log.note_file_end(worker);
  parts_.records.recent_files().add(worker, assignment.task,
                                    outcome.failure ? FileResult::failed : FileResult::marked);
  const unsigned most_tasks = settings_.run.recycle;
  if (most_tasks > 0 && ++parts_.records.of(worker).tasks_done == most_tasks) parts_.pool.retire(worker);
  if (parts_.memory.has_grown(worker, pid)) {
    parts_.log.log(
        LogLevel::info,
        fmt::format("{} has grown by more than --recycle-growth and is replaced", worker_name(worker)),
        parts_.log.fields(
            [&] { return LogFields{.event = LoggedEvent::worker_replaced, .worker = worker}; }));
    parts_.pool.retire(worker);
  }
}

/// An attempt failed: the task is tried again, or has ended.
void TaskOutcomes::end_attempt(Assignment assignment, WorkerIndex worker, const Failure& failure,
                               const FailedAttempt& end) {
  if (parts_.recorder.take_failed_attempt(assignment, worker, failure, end)) {
    return parts_.supply.put_back(std::move(assignment));
  }
  const Ledger& ledger = parts_.recorder.ledger();
  const std::uint64_t failures = ledger.failed + ledger.quarantined;
  if (!halts(settings_.run.halt, failures, ledger.finished())) return;
  const bool now = settings_.run.halt.when == Halt::When::now;
  parts_.state.request_stop(
      {.exit_code = exit_halted,
       .reason = fmt::format("--halt: {} of {} inputs failed", failures, ledger.finished()),
       .grace = now ? RunState::Clock::duration{} : RunState::Clock::duration(24h)},
      RunState::Clock::now());
}

/// This is not the input's fault, and every other one would fail in the same way.
void TaskOutcomes::on_output_disk_full(const Assignment& assignment, WorkerIndex worker,
                                       const Failure& failure) {
  parts_.log.log(LogLevel::warning, worker,
                 fmt::format("{}: {}; it waits for the next run", shown(assignment), failure.message),
                 number(assignment.task.id), parts_.log.fields([&] {
                   return LogFields{.event = LoggedEvent::postponed,
                                    .input = shown_input(assignment),
                                    .kind = failure.kind,
                                    .attempt = assignment.task.attempt};
                 }));
  parts_.recorder.take_withdrawn(assignment);
  parts_.state.request_stop({.exit_code = exit_halted,
                             .reason = fmt::format("the disk of {} is full ({})",
                                                   shown_path(settings_.output), one_line(failure.message)),
                             .grace = settings_.run.grace,
                             .advice = "free some space and run the same command again"},
                            RunState::Clock::now());
}

/// The task is done after all, is given back, or loses an attempt.
void TaskOutcomes::take_back(const Dispatcher::Returned& returned, const WorkerDeath& death,
                             std::string_view stage) {
  Assignment assignment = returned.assignment;
  if (take_published(assignment, death.worker)) return;
  // It waits for the next run, or, when this one goes on, for another worker.
  if (death.killed == KillReason::stop) return parts_.supply.put_back(std::move(assignment));
  const std::uint64_t killed_for = parts_.records.of(death.worker).killed_for_ticket;
  if (killed_for_another(death, killed_for, assignment.ticket))
    return parts_.supply.put_back(std::move(assignment));
  assignment.needs_all = needs_all(parts_.memory.shortage_of(death), false);
  const auto worked =
      returned.claimed_since ? RunState::Clock::now() - *returned.claimed_since : RunState::Clock::duration{};
  end_attempt(
      std::move(assignment), death.worker,
      {kind_of(death), fmt::format("the worker {} in stage {}", death_words(death), stage)},
      {.elapsed_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(worked).count()), .stage = stage});
}

bool TaskOutcomes::take_back_after_damage(const Dispatcher::Returned& returned, bool charged) {
  Assignment assignment = returned.assignment;
  if (returned.claimed && take_published(assignment, WorkerIndex{})) return false;
  if (!charged) {
    parts_.supply.put_back(std::move(assignment));
    return false;
  }
  assignment.needs_all = needs_all(MemoryShortage::none, true);
  end_attempt(std::move(assignment), WorkerIndex{},
              {FailureKind::crash, "was in progress when the shared memory was damaged"}, {});
  return true;
}

/// Whether a dead worker published the output and could not report it; then the file is done. Removes the
/// attempt's temporary file.
bool TaskOutcomes::take_published(const Assignment& assignment, WorkerIndex worker) {
  const AttemptTraces traces = outputs_->traces_of(attempt_at(assignment), announced_);
  kill_point(KillPoint::traces_looked_at);
  if (!traces.published) return false;
  parts_.state.note_outcome(RunState::Clock::now());
  parts_.recorder.take_done(assignment, worker, {.published = *traces.published});
  return true;
}

/// Whether the worker met the error after the output had got its name. Then the file is done.
bool TaskOutcomes::was_published_before(const Assignment& assignment, WorkerIndex worker,
                                        const Outcome& outcome) {
  if (!outputs_->holds_file(assignment.task.output)) return false;
  AnnouncedOutputs announced;
  add_announced_by(worker, announced);
  const AttemptTraces traces = outputs_->traces_of(attempt_at(assignment), announced);
  if (!traces.published) return false;
  parts_.log.log(LogLevel::warning,
                 fmt::format("the output of {} is complete, although its worker reported: {}",
                             shown_path(assignment.task.input), outcome.failure->message));
  Outcome done = outcome;
  done.failure.reset();
  done.published = *traces.published;
  parts_.recorder.take_done(assignment, worker, done);
  return true;
}

/// Whether a worker's failure means nothing because two workers got the task: somebody has overwritten the
/// slot's word. Then the other worker may have published the output already, or may be about to.
bool TaskOutcomes::is_contested(const Assignment& assignment, WorkerIndex worker) {
  if (const auto published = published_by_living(assignment)) {
    parts_.recorder.take_done(assignment, worker, {.published = *published});
  } else if (another_has(assignment.task.id, worker)) {
    contested_.push_back({.assignment = assignment, .claimed = true});
  } else {
    return false;
  }
  parts_.dispatcher.report_damage();
  return true;
}

bool TaskOutcomes::another_has(TaskId task, WorkerIndex worker) const {
  for (unsigned i = 0; i < parts_.pool.size(); ++i) {
    const auto other = static_cast<WorkerIndex>(i);
    if (other == worker || parts_.pool.pid(other) < 0) continue;
    if (parts_.segment.status(other).task.load(std::memory_order_relaxed) == number(task)) return true;
  }
  return false;
}

std::optional<Published> TaskOutcomes::published_by_living(const Assignment& assignment) const {
  if (!outputs_->holds_file(assignment.task.output)) return std::nullopt;
  AnnouncedOutputs announced;
  for (unsigned i = 0; i < parts_.pool.size(); ++i) add_announced_by(static_cast<WorkerIndex>(i), announced);
  return outputs_->published_by(attempt_at(assignment), announced);
}

void TaskOutcomes::add_announced_by(WorkerIndex living, AnnouncedOutputs& announced) const {
  if (const CrashRecordFile* const crash_record = parts_.crash_records.of(living))
    add_announced(crash_record->fd(), announced);
}

PublishAttempt TaskOutcomes::attempt_at(const Assignment& assignment) const {
  return {.run = run_, .task = assignment.task.id, .output = assignment.task.output};
}

void TaskOutcomes::note_announced(const CrashRecordFile& crash_record) {
  add_announced(crash_record.fd(), announced_);
}

}  // namespace wm
