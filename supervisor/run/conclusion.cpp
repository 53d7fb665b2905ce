#include "supervisor/run/conclusion.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/input/nothing_found.h"
#include "supervisor/report/json_report.h"
#include "supervisor/report/run_summary.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"

namespace wm {

int Conclusion::close_books(RunState::Clock::time_point finished) {
  const auto& stop = parts_.state.stop();
  const ScanTotals totals = parts_.feed.totals().value_or(ScanTotals{});
  complete_ledger(totals);
  int exit_code = stop ? stop->exit_code : exit_all_done;
  if (stop) reason_ = stop->reason;
  if (!stop && totals.found == 0) {
    reason_ = nothing_found_text(totals);
    parts_.log.log(LogLevel::error, reason_);
    exit_code = exit_some_failed;
  }
  const RunReport& report = parts_.report;
  const bool all_well = report.ledger.failed + report.ledger.quarantined + report.unreadable_directories == 0;
  if (exit_code == exit_all_done && !all_well) exit_code = exit_some_failed;

  exit_code = end_journal(exit_code);
  parts_.log.log(LogLevel::info,
                 fmt::format("ended with exit code {}: {} inputs = {} + {} pending; {} ignored", exit_code,
                             report.ledger.inputs, ledger_terms(report.ledger), report.ledger.pending(),
                             report.ledger.ignored));
  parts_.progress.finish();
  parts_.log.stop();
  kill_point(KillPoint::shutdown_log_stopped);

  complete_phases(finished);
  write_quarantine_list();
  const bool report_is_written = write_report();
  if (!report_is_written && exit_code == exit_all_done) exit_code = exit_some_failed;
  const auto journal_error = parts_.journal.error();
  parts_.status.finish(exit_code, reason_.empty() && journal_error ? journal_error->problem : reason_);
  tell_the_user(report_is_written);
  return exit_code;
}

void Conclusion::complete_ledger(const ScanTotals& totals) {
  parts_.journal.join();
  kill_point(KillPoint::shutdown_journal_joined);
  for (const Admission& admission : parts_.journal.take()) parts_.recorder.take_settled(admission);
  RunReport& report = parts_.report;
  report.ledger = parts_.progress.ledger();
  report.ledger.ignored = totals.ignored;
  report.unreadable_directories = totals.unreadable_directories;
  report.links_not_followed = totals.links_not_followed;
}

int Conclusion::end_journal(int exit_code) {
  parts_.journal.end_run(parts_.report.ledger, exit_code);
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
  } catch (const std::exception& error) {
    parts_.job.directory().remove(report_file);  // one from an earlier run would pass for this run's
    complain(fmt::format("{}; the journal has its figures", error.what()));
    return false;
  }
}

/// Why the run stopped early and what to do about it, then the summary.
void Conclusion::tell_the_user(bool report_is_written) const {
  const auto& stop = parts_.state.stop();
  const RunReport& report = parts_.report;
  if (stop && !stop->advice.empty()) {
    complain(fmt::format("{}; {}: {}{} files are left", reason_, stop->advice,
                         parts_.state.all_inputs_were_found() ? "" : "at least ", report.ledger.pending()));
  } else if (!reason_.empty()) {
    complain(reason_);
  }
  if (settings_.quiet) return;
  const std::string report_path = shown_path(parts_.job.directory().path_of(report_file));
  print_out(fmt::format("{}\nlog: {}\nreport: {}\n", run_summary(report), shown_path(settings_.log.file),
                        report_is_written ? report_path : "could not be written"));
}

}  // namespace wm
