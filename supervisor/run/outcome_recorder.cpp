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

std::string shown(const Assignment& assignment) {
  const std::string_view path = assignment.task.input;
  return shown_path(path.substr(std::min<std::size_t>(assignment.shown_from, path.size())));
}

void OutcomeRecorder::take_done(const Assignment& assignment, WorkerIndex worker, const Outcome& outcome) {
  const std::uint64_t elapsed = total_ns(outcome.stage_ns);
  const Published& published = outcome.published;
  const bool marked = published.result == Result::marked;
  const auto log = [&](LogLevel level, std::string message) {
    log_.log(level, worker, std::move(message), number(assignment.task.id));
  };
  ++(marked ? report_.ledger.marked : report_.ledger.unmarked);
  if (published.result != Result::left_out)
    report_.input_bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(assignment.task.found.size, 0));
  report_.output_bytes += published.bytes;
  report_.texts_rendered += published.texts_rendered;
  report_.count_route(published.route, published.route_reason);
  const std::string path = shown(assignment);
  if (marked && published.damaged) ++report_.damaged;
  if (!published.notes.empty()) {
    log(LogLevel::warning,
        fmt::format("{} {}: {}", published.damaged ? "damaged, what can be read is marked:" : "not kept of",
                    path, one_line(published.notes)));
  }
  const std::string left_out = one_line(published.left_out);
  if (marked) {
    if (!left_out.empty()) log(LogLevel::warning, fmt::format("not put on {}: {}", path, left_out));
    log(LogLevel::info, fmt::format("marked {} in {}{}{}", path, milliseconds(elapsed),
                                    published.damaged ? ", what could be read of it" : "",
                                    published.route == JpegRoute::pixels
                                        ? ", through pixels: " + one_line(published.route_reason)
                                        : ""));
  } else {
    const bool copied = published.result == Result::copied;
    log(LogLevel::info, fmt::format("unmarked {} in {}: {}: {}", path, milliseconds(elapsed),
                                    copied ? "published without a mark" : "left out", left_out));
  }
  kill_point(KillPoint::outcome_logged);
  journal_.record({.task = assignment.task.id,
                   .state = marked ? FinalState::marked : FinalState::unmarked,
                   .failure = {},
                   .attempts = assignment.task.attempt,
                   .worker = worker,
                   .elapsed_ns = elapsed,
                   .published = published});
}

bool OutcomeRecorder::take_failed_attempt(Assignment& assignment, WorkerIndex worker, const Failure& failure,
                                          std::uint64_t elapsed_ns) {
  const std::uint32_t attempt = assignment.task.attempt;
  const Verdict verdict = judge(failure.kind, attempt, retries_);
  if (verdict == Verdict::retry) {
    log_.log(LogLevel::warning, worker,
             fmt::format("attempt {} at {} ended: {}: {}; it is tried again", attempt, shown(assignment),
                         name(failure.kind), failure.message),
             number(assignment.task.id));
    ++assignment.task.attempt;
    ++report_.retries;
    journal_.record_attempt(assignment.task.id, assignment.task.attempt, failure);
    return true;
  }

  const bool quarantined = verdict == Verdict::quarantined;
  ++(quarantined ? report_.ledger.quarantined : report_.ledger.failed);
  if (failure.kind == FailureKind::corrupt) ++report_.corrupt;
  log_.log(
      LogLevel::error, worker,
      fmt::format("{} {}: {}: {} (attempt {}, {})", quarantined ? "quarantined" : "failed", shown(assignment),
                  name(failure.kind), failure.message, attempt, milliseconds(elapsed_ns)),
      number(assignment.task.id));
  journal_.record({.task = assignment.task.id,
                   .state = quarantined ? FinalState::quarantined : FinalState::failed,
                   .failure = failure,
                   .attempts = attempt,
                   .worker = worker,
                   .elapsed_ns = elapsed_ns});
  remember(assignment, quarantined ? FinalState::quarantined : FinalState::failed, failure, attempt);
  if (quarantined) list_quarantined(assignment, failure);
  return false;
}

void OutcomeRecorder::note_stages(const StageTimes& times) {
  for (std::size_t i = 0; i < stage_count; ++i) {
    if (times[i] > 0) report_.stages[i].add(times[i]);
  }
}

void OutcomeRecorder::remember(const Assignment& assignment, FinalState state, const Failure& failure,
                               std::uint32_t attempts) {
  const std::string& path = assignment.task.input;
  last_problems_.push_back({.input = path.substr(std::min<std::size_t>(assignment.shown_from, path.size())),
                            .state = state,
                            .failure = failure,
                            .attempts = attempts});
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
  const auto log = [&](LogLevel level, std::string message) {
    log_.log(level, std::nullopt, std::move(message), number(admission.assignment.task.id));
  };
  switch (admission.kind) {
    case Admission::Kind::up_to_date:
      ++report_.ledger.up_to_date;
      log(LogLevel::info, fmt::format("up to date {}", path));
      break;
    case Admission::Kind::quarantined:
      ++report_.ledger.quarantined;
      log(LogLevel::error, fmt::format("quarantined {}: {}: {} (not tried; use --retry-quarantined)", path,
                                       name(admission.failure->kind), admission.failure->message));
      remember(admission.assignment, FinalState::quarantined, *admission.failure, earlier_attempts);
      break;
    case Admission::Kind::failed:
      ++report_.ledger.failed;
      log(LogLevel::error,
          fmt::format("failed {}: {}: {}", path, name(admission.failure->kind), admission.failure->message));
      remember(admission.assignment, FinalState::failed, *admission.failure, earlier_attempts);
      break;
    case Admission::Kind::duplicate:
      ++duplicates_;
      log(LogLevel::debug, fmt::format("{} is given more than once and counted once", path));
      break;
    case Admission::Kind::run:
      break;
  }
}

}  // namespace wm
