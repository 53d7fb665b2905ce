#pragma once

// Closes the books of a run: journal, log, lists, reports, the exit code. Main thread, when nothing is in
// progress any more.

#include <string>

#include "supervisor/cli/job_settings.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/report/run_report.h"
#include "supervisor/run/input_feed.h"
#include "supervisor/run/job_opening.h"
#include "supervisor/run/outcome_recorder.h"
#include "supervisor/run/run_progress.h"
#include "supervisor/run/run_sampling.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/scratch_job.h"
#include "supervisor/run/status_report.h"

namespace wm {

class Conclusion {
 public:
  /// Borrowed.
  struct Parts {
    const RunState& state;
    LogCollector& log;
    JournalThread& journal;
    const InputFeed& feed;
    JobOpening& job;
    OutcomeRecorder& recorder;
    RunProgress& progress;
    StatusReport& status;
    RunSampling& sampling;
    RunReport& report;
    ScratchJob& scratch;
  };
  Conclusion(const JobSettings& settings, const Parts& parts) : settings_(settings), parts_(parts) {}

  /// For a job that is open. `finished`: when the last input ended. Returns the exit code.
  [[nodiscard]] int close_books(RunState::Clock::time_point finished);

 private:
  void complete_ledger(const ScanTotals& totals);
  [[nodiscard]] int end_journal(int exit_code);
  void complete_phases(RunState::Clock::time_point finished);
  void write_quarantine_list();
  [[nodiscard]] bool write_report();
  [[nodiscard]] int finish_scratch(int exit_code);
  void tell_the_user(bool report_is_written) const;

  const JobSettings& settings_;
  Parts parts_;
  std::string reason_;  // why the run ended, if that is worth a line
};

}  // namespace wm
