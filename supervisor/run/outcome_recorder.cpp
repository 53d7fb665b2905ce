#include "supervisor/run/outcome_recorder.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/dispatch/retry_policy.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t most_problems = 10;

std::string milliseconds(std::uint64_t nanoseconds) {
  return fmt::format("{:.1f} ms", static_cast<double>(nanoseconds) / 1e6);
}

}  // namespace

std::string shown_input(const Assignment& assignment) {
  const std::string& path = assignment.task.input;
  return path.substr(std::min<std::size_t>(assignment.shown_from, path.size()));
}

std::string shown(const Assignment& assignment) {
  return shown_path(shown_input(assignment));
}

/// Below the output directory as the user named it, bytes.
std::string OutcomeRecorder::output_of(const Assignment& assignment) const {
  return output_ + (output_.ends_with('/') ? "" : "/") + assignment.task.output;
}

LogFields OutcomeRecorder::fields(LoggedEvent event, const Assignment& assignment) const {
  return {.event = event, .input = shown_input(assignment), .attempt = assignment.task.attempt};
}

/// What the user should know about an output beside that it is there.
void OutcomeRecorder::log_notes(const Assignment& assignment, WorkerIndex worker,
                                const Published& published) {
  const auto warn = [&](LoggedEvent event, const std::string& beginning, const std::string& words) {
    log_.log(LogLevel::warning, worker,
             fmt::format("{} {}: {}", beginning, shown(assignment), one_line(words)),
             number(assignment.task.id), log_.fields([&] { return fields(event, assignment); }));
  };
  if (!published.notes.empty() && published.damaged)
    warn(LoggedEvent::damaged, "damaged, what can be read is marked:", published.notes);
  if (!published.notes.empty() && !published.damaged)
    warn(LoggedEvent::not_kept, "not kept of", published.notes);
  if (published.result == Result::marked && !published.left_out.empty())
    warn(LoggedEvent::mark_left_out, "not put on", published.left_out);
}

/// The final line of an input that did not fail.
void OutcomeRecorder::log_done(const Assignment& assignment, WorkerIndex worker, const Outcome& outcome) {
  const std::uint64_t elapsed = total_ns(outcome.stage_ns);
  const Published& published = outcome.published;
  const bool marked = published.result == Result::marked;
  const bool has_output = published.result != Result::left_out;
  std::string message = fmt::format("{} {}", marked ? "marked" : "unmarked", shown(assignment));
  if (has_output) message += " -> " + shown_path(output_of(assignment));
  message += " in " + milliseconds(elapsed);
  if (!marked) {
    message += fmt::format(": {}: {}", has_output ? "published without a mark" : "left out",
                           one_line(published.left_out));
  } else {
    if (published.damaged) message += ", what could be read of it";
    if (published.route == JpegRoute::pixels)
      message += ", through pixels: " + one_line(published.route_reason);
  }
  log_.log(LogLevel::info, worker, std::move(message), number(assignment.task.id), log_.fields([&] {
    LogFields typed = fields(marked ? LoggedEvent::marked : LoggedEvent::unmarked, assignment);
    if (has_output) typed.output = output_of(assignment);
    typed.path = published.route;
    typed.elapsed_ns = elapsed;
    return typed;
  }));
}

void OutcomeRecorder::take_done(const Assignment& assignment, WorkerIndex worker, const Outcome& outcome) {
  const Published& published = outcome.published;
  const bool marked = published.result == Result::marked;
  ++(marked ? report_.ledger.marked : report_.ledger.unmarked);
  if (published.result != Result::left_out)
    report_.input_bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(assignment.task.found.size, 0));
  report_.output_bytes += published.bytes;
  report_.texts_rendered += published.texts_rendered;
  report_.count_route(published.route, published.route_reason);
  if (marked && published.damaged) ++report_.damaged;
  digest_.add(published);
  log_notes(assignment, worker, published);
  log_done(assignment, worker, outcome);
  kill_point(KillPoint::outcome_logged);
  journal_.record({.task = assignment.task.id,
                   .state = marked ? FinalState::marked : FinalState::unmarked,
                   .failure = {},
                   .attempts = assignment.task.attempt,
                   .worker = worker,
                   .elapsed_ns = total_ns(outcome.stage_ns),
                   .published = published});
}

bool OutcomeRecorder::take_failed_attempt(Assignment& assignment, WorkerIndex worker, const Failure& failure,
                                          const FailedAttempt& end) {
  const std::uint32_t attempt = assignment.task.attempt;
  const auto typed = [&](LoggedEvent event) {
    return log_.fields([&] {
      LogFields all = fields(event, assignment);
      all.kind = failure.kind;
      all.stage = end.stage;
      all.elapsed_ns = end.elapsed_ns;
      return all;
    });
  };
  const Verdict verdict = judge(failure.kind, attempt, retries_);
  if (verdict == Verdict::retry) {
    log_.log(LogLevel::warning, worker,
             fmt::format("attempt {} at {} ended: {}: {}; it is tried again", attempt, shown(assignment),
                         name(failure.kind), failure.message),
             number(assignment.task.id), typed(LoggedEvent::retried));
    ++assignment.task.attempt;
    ++report_.retries;
    journal_.record_attempt(assignment.task.id, assignment.task.attempt, failure);
    return true;
  }

  const bool quarantined = verdict == Verdict::quarantined;
  ++(quarantined ? report_.ledger.quarantined : report_.ledger.failed);
  if (failure.kind == FailureKind::corrupt) ++report_.corrupt;
  ++report_.failures[static_cast<std::size_t>(failure.kind)];
  log_.log(
      LogLevel::error, worker,
      fmt::format("{} {}: {}: {} (attempt {}, {})", quarantined ? "quarantined" : "failed", shown(assignment),
                  name(failure.kind), failure.message, attempt, milliseconds(end.elapsed_ns)),
      number(assignment.task.id), typed(quarantined ? LoggedEvent::quarantined : LoggedEvent::failed));
  journal_.record({.task = assignment.task.id,
                   .state = quarantined ? FinalState::quarantined : FinalState::failed,
                   .failure = failure,
                   .attempts = attempt,
                   .worker = worker,
                   .elapsed_ns = end.elapsed_ns});
  remember(assignment, quarantined ? FinalState::quarantined : FinalState::failed, failure, attempt);
  if (quarantined) list_quarantined(assignment, failure);
  return false;
}

void OutcomeRecorder::take_unsynced(const MadeAgain& pictures) {
  const std::uint64_t count = pictures.marked + pictures.unmarked;
  if (count == 0) return;
  report_.ledger.marked -= pictures.marked;
  report_.ledger.unmarked -= pictures.unmarked;
  report_.damaged -= pictures.damaged;
  log_.log(LogLevel::error,
           fmt::format("{} output{} may not have reached the disk; the next run makes {} again", count,
                       count == 1 ? "" : "s", count == 1 ? "it" : "them"));
}

void OutcomeRecorder::note_stages(const StageTimes& times) {
  for (std::size_t i = 0; i < stage_count; ++i) {
    if (times[i] > 0) report_.stages[i].add(times[i]);
  }
}

void OutcomeRecorder::remember(const Assignment& assignment, FinalState state, const Failure& failure,
                               std::uint32_t attempts) {
  Problem problem{.input = shown_input(assignment), .state = state, .failure = failure, .attempts = attempts};
  digest_.add(problem);
  last_problems_.push_back(std::move(problem));
  if (last_problems_.size() > most_problems) last_problems_.pop_front();
}

void OutcomeRecorder::list_quarantined(const Assignment& assignment, const Failure& failure) {
  if (quarantine_list_ == nullptr) return;
  QuarantinedInput input{.task = assignment.task.id,
                         .path = assignment.task.input,
                         .shown_from = assignment.shown_from,
                         .failure = failure,
                         .attempts = assignment.task.attempt,
                         .tried_ns = assignment.started_ns,
                         .found = assignment.task.found};
  const auto problem = quarantine_list_->add(input);
  quarantine_directory_->keep(std::move(input));
  if (problem) log_.log(LogLevel::warning, std::nullopt, *problem, number(assignment.task.id));
}

void OutcomeRecorder::take_settled(const Admission& admission) {
  const std::string path = shown(admission.assignment);
  const std::uint32_t earlier_attempts = admission.assignment.task.attempt - 1;
  const auto log = [&](LogLevel level, LoggedEvent event, std::string message) {
    log_.log(level, std::nullopt, std::move(message), number(admission.assignment.task.id), log_.fields([&] {
      LogFields typed{
          .event = event, .input = shown_input(admission.assignment), .attempt = earlier_attempts};
      if (admission.failure) typed.kind = admission.failure->kind;
      if (event == LoggedEvent::up_to_date && !admission.left_out)
        typed.output = output_of(admission.assignment);
      return typed;
    }));
  };
  switch (admission.kind) {
    case Admission::Kind::up_to_date:
      ++report_.ledger.up_to_date;
      log(LogLevel::info, LoggedEvent::up_to_date,
          fmt::format(
              "up to date {}{}", path,
              admission.left_out ? ", left out" : " -> " + shown_path(output_of(admission.assignment))));
      break;
    case Admission::Kind::quarantined:
      ++report_.ledger.quarantined;
      ++report_.failures[static_cast<std::size_t>(admission.failure->kind)];
      log(LogLevel::error, LoggedEvent::quarantined,
          fmt::format("quarantined {}: {}: {} (not tried; use --retry-quarantined)", path,
                      name(admission.failure->kind), admission.failure->message));
      remember(admission.assignment, FinalState::quarantined, *admission.failure, earlier_attempts);
      break;
    case Admission::Kind::failed:
      ++report_.ledger.failed;
      ++report_.failures[static_cast<std::size_t>(admission.failure->kind)];
      log(LogLevel::error, LoggedEvent::failed,
          fmt::format("failed {}: {}: {}", path, name(admission.failure->kind), admission.failure->message));
      remember(admission.assignment, FinalState::failed, *admission.failure, earlier_attempts);
      break;
    case Admission::Kind::duplicate:
      ++duplicates_;
      log(LogLevel::debug, LoggedEvent::duplicate,
          fmt::format("{} is given more than once and counted once", path));
      break;
    case Admission::Kind::run:
      break;
  }
}

}  // namespace wm
