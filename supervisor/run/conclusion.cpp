#include "supervisor/run/conclusion.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/input/nothing_found.h"
#include "supervisor/report/json_report.h"
#include "supervisor/report/problem_digest.h"
#include "supervisor/report/run_summary.h"
#include "supervisor/run/stop_answer.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {

int Conclusion::close_books(RunState::Clock::time_point finished) {
  const auto& stop = parts_.state.stop();
  const ScanTotals totals = parts_.feed.totals().value_or(ScanTotals{});
  complete_ledger(totals);
  parts_.job.require_ownership();
  int exit_code = stop ? stop->exit_code : exit_all_done;
  if (stop) reason_ = stop->reason;
  if (!stop && totals.found == 0 && totals.other_shards == 0) {
    reason_ = nothing_found_text(totals);
    parts_.log.log(LogLevel::error, reason_);
    exit_code = exit_some_failed;
  }
  const RunReport& report = parts_.report;
  const bool all_well = report.ledger.failed + report.ledger.quarantined + report.unreadable_directories == 0;
  const bool failures_are_ok = settings_.run.failures_ok && report.unreadable_directories == 0;
  if (exit_code == exit_all_done && !all_well && !failures_are_ok) exit_code = exit_some_failed;

  exit_code = end_journal(exit_code);
  parts_.log.log(LogLevel::info,
                 fmt::format("ended with exit code {}: {} inputs = {} + {} pending; {} ignored{}", exit_code,
                             report.ledger.inputs, ledger_terms(report.ledger), report.ledger.pending(),
                             report.ledger.ignored, report.shard ? "; " + shard_text(*report.shard) : ""),
                 parts_.log.fields([] { return LogFields{.event = LoggedEvent::run_ended}; }));
  parts_.progress.finish();
  parts_.scratch.pause();
  parts_.log.stop();
  kill_point(KillPoint::shutdown_log_stopped);

  complete_phases(finished);
  write_quarantine_list();
  const bool report_is_written = write_report();
  if (!report_is_written && exit_code == exit_all_done) exit_code = exit_some_failed;
  parts_.job.require_ownership();
  exit_code = finish_scratch(exit_code);
  parts_.job.require_ownership();
  const auto journal_error = parts_.journal.error();
  parts_.status.finish(exit_code, reason_.empty() && journal_error ? journal_error->problem : reason_);
  tell_the_user(report_is_written);
  return exit_code;
}

void Conclusion::complete_ledger(const ScanTotals& totals) {
  parts_.journal.join();
  kill_point(KillPoint::shutdown_journal_joined);
  parts_.recorder.take_unsynced(parts_.journal.made_again());
  for (const Admission& admission : parts_.journal.take()) parts_.recorder.take_settled(admission);
  RunReport& report = parts_.report;
  report.ledger = parts_.progress.ledger();
  report.ledger.ignored = totals.ignored;
  report.unreadable_directories = totals.unreadable_directories;
  report.links_not_followed = totals.links_not_followed;
  if (settings_.input.shard) {
    const bool complete = !parts_.state.stop() || parts_.state.all_inputs_were_found();
    report.shard = {.shard = *settings_.input.shard,
                    .other_shards = totals.other_shards,
                    .whole = complete ? std::optional(totals.whole()) : std::nullopt,
                    .own_digest = totals.own_digest,
                    .whole_digest = totals.whole_digest(),
                    .not_inputs = parts_.recorder.duplicates() + totals.left_out};
  }
}

int Conclusion::end_journal(int exit_code) {
  const RunReport& report = parts_.report;
  RunCounts counts = parts_.sampling.counts(RunState::Clock::now());
  counts.ledger = report.ledger;
  std::string reason = reason_;
  if (const auto error = parts_.journal.error()) {
    exit_code = exit_halted;
    if (reason.empty()) reason = error->problem;
  }
  parts_.journal.end_run({counts, exit_code, reason, report.unreadable_directories, report.damaged,
                          report.links_not_followed, report.shard},
                         parts_.sampling.last(counts));
  parts_.job.require_ownership();
  kill_point(KillPoint::shutdown_run_ended);
  if (const auto error = parts_.journal.error()) {
    if (error->problem != reason_) complain(fmt::format("{}; {}", error->problem, error->advice));
    exit_code = exit_halted;
  }
  if (const auto rebuilt = parts_.journal.journal().rebuilt()) {
    parts_.log.log(LogLevel::info,
                   fmt::format("rebuilt the journal: {} outputs count as done, {} temporary files removed",
                               rebuilt->outputs, rebuilt->temporaries));
  }
  return exit_code;
}

void Conclusion::complete_phases(RunState::Clock::time_point finished) {
  const RunState& state = parts_.state;
  const auto since = [](RunState::Clock::time_point from, RunState::Clock::time_point to) {
    return std::max(0.0, std::chrono::duration<double>(to - from).count());
  };
  const auto now = RunState::Clock::now();
  const auto ready_at = state.first_ready().value_or(finished);
  const auto handed_out_at = std::max(ready_at, state.last_handed_out().value_or(ready_at));
  const auto collected_at = std::max(handed_out_at, state.last_outcome().value_or(handed_out_at));
  parts_.report.phases = {.startup = since(state.began(), ready_at),
                          .dispatch = since(ready_at, handed_out_at),
                          .collect = since(handed_out_at, collected_at),
                          .shutdown = since(collected_at, now),
                          .total = since(state.began(), now)};
}

/// Not after an error: a journal that could not be written contains less than the list.
void Conclusion::write_quarantine_list() {
  if (parts_.journal.error()) return;
  try {
    parts_.job.quarantine_list().rewrite(
        [this](const auto& visit) { parts_.journal.journal().for_each_quarantined(visit); });
  } catch (const OwnershipLost&) {
    throw;
  } catch (const std::exception& error) {
    complain(fmt::format("{}; the next run writes the list", one_line(error.what())));
  }
}

bool Conclusion::write_report() {
  RunReport& report = parts_.report;
  report.log_written = parts_.log.counts().written;
  report.log_dropped = parts_.log.counts().dropped;
  try {
    write_json_report(parts_.job.directory(), report,
                      [this](const auto& visit) { parts_.journal.journal().for_each_problem(visit); });
    return true;
  } catch (const OwnershipLost&) {
    throw;
  } catch (const std::exception& error) {
    parts_.job.directory().remove(report_file);  // one from an earlier run would pass for this run's
    complain(
        fmt::format("{}{}", error.what(), parts_.journal.error() ? "" : "; the journal has its figures"));
    return false;
  }
}

/// Once nobody reads or writes the journal any more.
int Conclusion::finish_scratch(int exit_code) {
  const std::string problem = parts_.scratch.finish({.journal_is_whole = !parts_.journal.error()});
  if (problem.empty()) return exit_code;
  complain(problem, JournalPriority::error);
  return exit_halted;
}

/// Why the run stopped early and what to do about it, then what failed, and the summary.
void Conclusion::tell_the_user(bool report_is_written) const {
  const auto& stop = parts_.state.stop();
  const RunReport& report = parts_.report;
  const auto priority = stop ? priority_of_stop(stop->exit_code) : JournalPriority::error;
  if (stop && !stop->advice.empty()) {
    complain(fmt::format("{}; {}: {}{} files are left", reason_, stop->advice,
                         parts_.state.all_inputs_were_found() ? "" : "at least ", report.ledger.pending()),
             priority);
  } else if (!reason_.empty()) {
    complain(reason_, priority);
  }
  const auto print_block = [](const std::string& text) {
    if (!text.empty()) print_out(text + "\n");
  };
  if (!settings_.quiet) {
    const std::string command = "wm-supervisor report " + shell_word(settings_.job_directory);
    print_block(problem_text(parts_.recorder.digest(), command) + run_remarks(report));
  }
  if (settings_.stats) print_block(run_statistics(report));
  if (settings_.quiet) return;
  print_out(run_summary(
      report, settings_.log.to_stderr() ? "standard error" : shown_path(settings_.log.file),
      report_is_written ? shown_path(parts_.job.directory().path_of(report_file)) : "could not be written"));
}

}  // namespace wm
