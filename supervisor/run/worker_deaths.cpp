#include "supervisor/run/worker_deaths.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "common/os/realtime.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/value_texts.h"
#include "supervisor/log/log_format.h"
#include "supervisor/pool/death_words.h"
#include "supervisor/pool/live_snapshot.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

DeathCause cause_of(const WorkerDeath& death) {
  if (!death.killed) return DeathCause::none;
  switch (*death.killed) {
    case KillReason::timeout:
      return DeathCause::timeout;
    case KillReason::memory:
      return DeathCause::memory_limit;
    case KillReason::unresponsive:
      return DeathCause::unresponsive;
    case KillReason::slow_boot:
      return DeathCause::slow_boot;
    case KillReason::damage:
    case KillReason::stop:
      break;
  }
  return DeathCause::none;
}

/// The worker ended by itself, and its exit code tells why.
bool is_ordinary_exit(const WorkerDeath& death) {
  if (death.signal) return false;
  switch (death.exit_code) {
    case worker_exit_stopped:
    case worker_exit_orphaned:
    case worker_exit_damaged:
    case worker_exit_boot_failed:
    case worker_exit_usage:
      return true;
    default:
      return false;
  }
}

}  // namespace

void WorkerDeaths::on_death(WorkerDeath death) {
  parts_.memory.complete(death);
  death.timeout = text_of(settings_.run.timeout);
  parts_.outcomes.collect();
  parts_.records.of(death.worker).tasks_done = 0;
  parts_.memory.end_worker(death.worker);
  parts_.log.note_file_end(death.worker);
  if (reports_damage(death, parts_.state.worker_was_ready())) parts_.dispatcher.report_damage();
  // If the segment is being repaired, everything is swept at once at the end.
  const bool repair = parts_.repair.needed();
  auto swept = parts_.unkillable.take(death.worker);
  if (!repair) std::ranges::move(parts_.dispatcher.sweep(death.worker), std::back_inserter(swept));
  const Dispatcher::Returned* const task = swept.empty() ? nullptr : &swept.front();
  kill_point(KillPoint::death_swept);
  const auto stage = parts_.segment.status(death.worker).stage.load(std::memory_order_relaxed);
  const std::string_view stage_name = stage < stage_count ? stage_names[stage] : "unknown";

  announce(death, task, stage_name);
  if (const CrashRecordFile* const crash_record = parts_.crash_records.of(death.worker))
    parts_.outcomes.note_announced(*crash_record);
  note_facts(death, task, stage_name);
  for (const Dispatcher::Returned& returned : swept) parts_.outcomes.take_back(returned, death, stage_name);
  if (!parts_.repair.needed()) parts_.outcomes.forget_announced();
  answer(death, task != nullptr);
}

void WorkerDeaths::announce(const WorkerDeath& death, const Dispatcher::Returned* task,
                            std::string_view stage) {
  if (task == nullptr && was_asked_to_end(death, parts_.state.stopping())) return;
  // It is nobody's fault when we kill a worker because the job is to end.
  const bool deliberate = death.killed == KillReason::stop;
  std::string doing = death.booted ? "between two files" : "while it started";
  if (task != nullptr) doing = fmt::format("in stage {} of {}", stage, shown(task->assignment));
  parts_.log.log(deliberate ? LogLevel::info : LogLevel::critical,
                 fmt::format("{} (pid {}) {} {}{}", worker_name(death.worker), death.pid, death_words(death),
                             doing, deliberate ? ", which waits for the next run" : ""),
                 parts_.log.fields([&] {
                   LogFields fields{.event = LoggedEvent::worker_died, .worker = death.worker};
                   if (task != nullptr) {
                     fields.input = shown_input(task->assignment);
                     fields.stage = stage;
                     fields.attempt = task->assignment.task.attempt;
                   }
                   return fields;
                 }));
}

/// Keeps the facts about an unexpected death until the worker's last words have been read.
void WorkerDeaths::note_facts(const WorkerDeath& death, const Dispatcher::Returned* task,
                              std::string_view stage) {
  WorkerRecord& record = parts_.records.of(death.worker);
  auto crash_record = parts_.crash_records.take(death.worker);
  auto files = parts_.records.recent_files().take(death.worker);
  const std::uint64_t ticket = task != nullptr ? task->assignment.ticket : 0;
  const unsigned snapshots_asked = record.hang.snapshots(ticket);
  record.hang.forget();
  HangEvidence evidence = record.evidence.take(ticket);

  const CrashRecordState record_state =
      crash_record ? crash_record->crash_record.state() : CrashRecordState::prepared;
  const bool crash_recorded =
      record_state > CrashRecordState::armed && record_state != CrashRecordState::ended;
  const bool expected = death.killed == KillReason::stop || death.killed == KillReason::damage ||
                        (is_ordinary_exit(death) && !crash_recorded) ||
                        parts_.launcher.runs_under_tool(death.worker);
  if (expected) {
    if (crash_record) parts_.crash_records.remove_later(std::move(crash_record->name));
    return;
  }
  DeathFacts facts{.time_ns = realtime_ns(),
                   .worker = number(death.worker) + 1,
                   .pid = death.pid,
                   .booted = death.booted,
                   .signal = death.signal,
                   .exit_code = death.exit_code,
                   .cause = cause_of(death),
                   .out_of_memory = death.out_of_memory,
                   .bytes = death.bytes,
                   .words = death_words(death),
                   .stage = task != nullptr ? std::string(stage) : std::string(),
                   .files = std::move(files),
                   .outside = std::move(evidence.outside),
                   .hang = std::move(evidence.finding)};
  if (!settings_.run.timeout.percent && settings_.run.timeout.time.count() > 0)
    facts.limits.timeout = settings_.run.timeout.time;
  facts.limits.memory = parts_.memory.limit();
  if (task != nullptr) {
    const Task& work = task->assignment.task;
    facts.task = DeathTask{.id = number(work.id),
                           .attempt = work.attempt,
                           .input = work.input,
                           .output = work.output,
                           .found = work.found};
    facts.files.push_back(recent_file(work, FileResult::not_finished));
  }
  if (crash_record) {
    for (unsigned i = 0; i < snapshots_asked; ++i) {
      if (!snapshot_is_complete(crash_record->crash_record.fd(), area_of_first_snapshot + i, ticket)) break;
      ++facts.snapshots;
      facts.answered = true;
    }
    facts.take_crash_record(std::move(crash_record->crash_record), crash_record->name);
  }
  record.death = std::move(facts);
}

void WorkerDeaths::answer(const WorkerDeath& death, bool had_task) {
  const DeathVerdict verdict = verdict_on(
      death, {.run_is_stopping = parts_.state.stopping(),
              .any_worker_was_ready = parts_.state.worker_was_ready(),
              .had_task = had_task,
              .under_tool = parts_.launcher.runs_under_tool(death.worker),
              .segment_says_stop = parts_.segment.header().stopping.load(std::memory_order_relaxed) != 0,
              .boot_crashes_before = boot_crashes_});
  if (verdict.segment_is_damaged) parts_.dispatcher.report_damage();
  if (verdict.boot_crash) ++boot_crashes_;
  switch (verdict.answer) {
    case DeathVerdict::Answer::none:
      break;
    case DeathVerdict::Answer::end_run:
      parts_.state.request_stop(
          {.exit_code = exit_halted,
           .reason = fmt::format("{} and its debugger ended", worker_name(death.worker)),
           .grace = settings_.run.grace},
          RunState::Clock::now());
      break;
    case DeathVerdict::Answer::boot_failure:
      if (boot_failure_) break;
      boot_failure_ = death;  // its last words are still to come: see on_drained()
      parts_.pool.stop_starting();
      break;
    case DeathVerdict::Answer::restart:
      parts_.recorder.note_restart();
      parts_.restarts.after_death(death.worker, blame_of(death, had_task, parts_.repair.needed()));
      break;
  }
}

void WorkerDeaths::on_drained() {
  const auto drained = parts_.log.take_retired();
  parts_.pool.on_drained(drained);
  for (const WorkerIndex worker : drained) report(worker);
  if (boot_failure_ && !parts_.state.stopping() &&
      std::ranges::find(drained, boot_failure_->worker) != drained.end())
    stop_for_boot_failure();
}

void WorkerDeaths::report(WorkerIndex worker) {
  auto facts = std::exchange(parts_.records.of(worker).death, std::nullopt);
  if (!facts) return;
  facts->log = parts_.log.black_box(worker, facts->time_ns);
  std::istringstream words(parts_.log.last_words(worker));
  for (std::string line; std::getline(words, line);) facts->last_output.push_back(line);
  parts_.recorder.note_crash();
  parts_.crashes.take(std::move(*facts));
}

void WorkerDeaths::stop_for_boot_failure() {
  const std::string& message = boot_failure_->boot_message;
  if (!message.empty() && !parts_.state.worker_was_ready()) throw UsageError(one_line(message));
  const std::string reason = message.empty() ? parts_.log.last_words(boot_failure_->worker) : message;
  const std::string words = death_words(*boot_failure_);
  const std::string why = reason.empty() ? words : fmt::format("{} ({})", reason, words);
  parts_.state.request_stop(
      {.exit_code = exit_halted, .reason = fmt::format("a worker cannot start: {}", one_line(why))},
      RunState::Clock::now());
}

}  // namespace wm
