#pragma once

// Opens the job of a run once it is taken and a worker has accepted the recipe, so that a mistake leaves no
// trace: journal and log, and whatever an earlier run left. Main thread.

#include <optional>
#include <string>
#include <vector>

#include "common/job/job_description.h"
#include "common/job/temporary_name.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/crash/crash_reporter.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/ownership/machine_start.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/report/quarantine_directory.h"
#include "supervisor/report/quarantine_list.h"
#include "supervisor/run/input_feed.h"
#include "supervisor/run/memory_control.h"
#include "supervisor/run/neighbour_watch.h"
#include "supervisor/run/outcome_recorder.h"
#include "supervisor/run/owned_job.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/scratch_job.h"
#include "supervisor/run/task_outcomes.h"

namespace wm {

class JobOpening {
 public:
  /// Borrowed.
  struct Parts {
    OwnedJob& owned;
    RunState& state;
    LogCollector& log;
    JournalThread& journal;
    const InputFeed& feed;
    const WorkerPool& pool;
    const MemoryControl& memory;
    CrashRecords& crash_records;
    CrashReporter& crashes;
    OutcomeRecorder& recorder;
    TaskOutcomes& outcomes;
    NeighbourWatch& neighbours;
    QuarantineDirectory& quarantine_directory;
    ScratchJob& scratch;
  };
  JobOpening(const JobSettings& settings, const Parts& parts) : settings_(settings), parts_(parts) {}

  /// Throws OwnershipLost if another supervisor has taken the job over.
  void require_ownership() const { directory().require_may_change(); }
  /// Once the job is taken. `command`: the one that started the run. Throws UsageError, std::system_error:
  /// nothing was touched then except empty directories.
  void open(RunToken run, const std::vector<std::string>& command, const JobDescription& description);
  /// Opens only what crash reports need, for a job that never opened, once it is taken.
  void open_for_reports();
  /// Of a job that is not open: those of earlier runs, as far as its journal tells.
  [[nodiscard]] std::optional<RunTimes> recorded_run_times() const;

  /// Once the job is open, even if only for reports.
  [[nodiscard]] const JobDirectory& directory() const { return parts_.owned.directory().value(); }
  /// Once the job is open: those of this and earlier runs.
  [[nodiscard]] const RunTimes& run_times() const noexcept { return run_times_; }
  /// Once the job is open.
  [[nodiscard]] QuarantineList& quarantine_list() { return quarantine_list_.value(); }

 private:
  [[nodiscard]] MachineStart end_of_other_boots() const;
  void log_start(const std::string& command) const;
  void log_recovery(const JobJournal& journal, const Recovery& recovery,
                    const std::optional<std::string>& old_journal) const;

  const JobSettings& settings_;
  Parts parts_;
  std::optional<QuarantineList> quarantine_list_;
  RunTimes run_times_;
};

}  // namespace wm
