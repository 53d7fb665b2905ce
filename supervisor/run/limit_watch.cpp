#include "supervisor/run/limit_watch.h"

#include <utility>

#include <fmt/format.h>

#include "supervisor/pool/live_snapshot.h"

namespace wm {

void LimitWatch::tick(Clock::time_point now) {
  watch_busy_workers(now, now - std::exchange(last_tick_, now));
  watch_idle_workers(now);
}

void LimitWatch::watch_busy_workers(Clock::time_point now, Clock::duration since_last_tick) {
  const auto limit = deadline_.limit();
  for (const Dispatcher::InWork& task : parts_.dispatcher.in_work(now)) {
    idleness_.excuse(number(task.worker));
    // Dead workers were swept when they were reaped: a task claimed by one is a forgery.
    const pid_t pid = parts_.pool.pid(task.worker);
    if (pid < 0) {
      parts_.dispatcher.report_damage();
      continue;
    }
    // Waiting for the log or for memory does not count against a worker's time.
    const bool blocked =
        parts_.segment.log_ring(task.worker).is_blocked() || parts_.memory.waits(task.worker);
    if (blocked) parts_.dispatcher.forgive(task.ticket, since_last_tick);
    const bool overdue = !blocked && limit && now - task.since >= *limit;
    const bool too_large = parts_.memory.exceeds_limit(task.worker, pid);
    if (!overdue && !too_large) continue;
    if (!may_be_killed(task, too_large ? 1 : 2)) continue;
    parts_.records.of(task.worker).killed_for_ticket = task.ticket;
    parts_.pool.kill(task.worker, overdue ? KillReason::timeout : KillReason::memory);
  }
}

/// Takes the next step towards this many snapshots of the worker's threads. True: they are complete, or the
/// worker does not answer.
bool LimitWatch::may_be_killed(const Dispatcher::InWork& task, unsigned snapshots) {
  WorkerRecord& record = parts_.records.of(task.worker);
  const CrashRecordFile* const crash_record = parts_.crash_records.of(task.worker);
  const unsigned asked = record.hang.snapshots(task.ticket);
  const bool answered =
      crash_record != nullptr && asked > 0 &&
      snapshot_is_complete(crash_record->fd(), area_of_first_snapshot + asked - 1, task.ticket);
  const auto step = record.hang.next(task.ticket, Clock::now(), snapshots, answered);
  if (step == HangWatch::Step::wait) return false;
  if (step == HangWatch::Step::kill) return true;
  ProcessSample sample = sample_process(parts_.pool.pid(task.worker));
  HangEvidence& evidence = record.evidence.on(task.ticket);
  if (step == HangWatch::Step::begin_interval) {
    evidence.begin = std::move(sample);
    return false;
  }
  const bool first = step == HangWatch::Step::first_snapshot;
  for (const ThreadSample& thread : sample.threads)
    evidence.outside.push_back(fmt::format("snapshot {}: {}", first ? 1 : 2, words_of(thread)));
  if (!first) evidence.finding = assess_hang(evidence.begin, sample);
  parts_.pool.ask_for_snapshot(task.worker, first ? area_of_first_snapshot : area_of_second_snapshot,
                               task.ticket);
  return false;
}

/// A worker that hangs without a task has no deadline; it is noticed because tasks remain unclaimed.
void LimitWatch::watch_idle_workers(Clock::time_point now) {
  const bool tasks_wait = parts_.dispatcher.has_unclaimed();
  const auto deadline = deadline_.limit().value_or(std::chrono::nanoseconds(IdlePolicy::longest));
  for (unsigned i = 0; i < parts_.pool.size(); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    if (!tasks_wait || !parts_.pool.is_ready(worker) || parts_.launcher.runs_under_tool(worker) ||
        parts_.segment.log_ring(worker).is_blocked()) {
      idleness_.excuse(i);
    } else if (idleness_.hangs(i, now, deadline)) {
      parts_.pool.kill(worker, KillReason::unresponsive);
    }
  }
}

}  // namespace wm
