#pragma once

// A run of a job: owns its parts and runs the event loop until every input has its outcome or something stops
// the run. Each part uses only parts that are declared above it. Main thread.

#include <string>
#include <vector>

#include "supervisor/cli/job_settings.h"
#include "supervisor/crash/crash_reporter.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/dispatch/memory_division.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/event/signal_queue.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/ownership/owner_watchdog.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/report/quarantine_directory.h"
#include "supervisor/report/run_report.h"
#include "supervisor/report/service_manager.h"
#include "supervisor/run/conclusion.h"
#include "supervisor/run/debugging.h"
#include "supervisor/run/input_feed.h"
#include "supervisor/run/job_opening.h"
#include "supervisor/run/limit_watch.h"
#include "supervisor/run/memory_control.h"
#include "supervisor/run/metrics_report.h"
#include "supervisor/run/neighbour_watch.h"
#include "supervisor/run/outcome_recorder.h"
#include "supervisor/run/owned_job.h"
#include "supervisor/run/run_progress.h"
#include "supervisor/run/run_sampling.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/scratch_job.h"
#include "supervisor/run/segment_repair.h"
#include "supervisor/run/shutdown.h"
#include "supervisor/run/status_report.h"
#include "supervisor/run/stop_control.h"
#include "supervisor/run/suspension_watch.h"
#include "supervisor/run/task_outcomes.h"
#include "supervisor/run/task_supply.h"
#include "supervisor/run/unkillable_workers.h"
#include "supervisor/run/worker_deaths.h"
#include "supervisor/run/worker_record.h"
#include "supervisor/run/worker_restarts.h"

namespace wm {

class BatchRun {
 public:
  /// Checks everything that can be checked without touching anything. Throws UsageError, std::system_error.
  BatchRun(JobSettings settings, std::vector<std::string> command);
  BatchRun(const BatchRun&) = delete;
  BatchRun& operator=(const BatchRun&) = delete;
  ~BatchRun() = default;

  /// Returns the exit code. Throws UsageError when the job cannot begin: nothing was touched then.
  [[nodiscard]] int run();

 private:
  void watch_descriptors();
  void turn();
  void open_job();
  [[nodiscard]] bool may_open_job() const;
  void open_job_when_due();
  void take_admissions();
  void adjust_pool();
  void wait_for_news();
  void on_tick();
  [[nodiscard]] bool all_came_back() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] int conclude();
  [[noreturn]] void leave_scan_behind(int exit_code);
  [[noreturn]] void leave_journal_behind();

  // values
  const JobSettings settings_;
  const std::vector<std::string> command_;
  const RunToken run_token_;
  RunState state_;
  RunReport report_;

  // the machinery
  ServiceManager service_;  // before the first thread
  SignalQueue signals_;
  EventLoop loop_;
  MappedSegment segment_;
  const MemoryDivision memory_division_;
  WorkerLauncher launcher_;
  OwnedJob owned_;  // before all that writes into the job directory
  LogCollector log_;
  JournalThread journal_;
  InputFeed feed_;
  QuarantineDirectory quarantine_directory_;
  Dispatcher dispatcher_;
  CrashRecords crash_records_;
  DebuggingSetup debugging_;
  WorkerPool pool_;
  CrashReporter crashes_;

  // the run's parts
  WorkerRecords records_;
  MemoryControl memory_;
  WorkerRestarts restarts_;
  LimitWatch limits_;
  OutcomeRecorder recorder_;
  TaskSupply supply_;
  TaskOutcomes outcomes_;
  SegmentRepair repair_;
  UnkillableWorkers unkillable_;
  WorkerDeaths deaths_;
  SuspensionWatch suspension_;
  RunProgress progress_;
  MetricsReport metrics_;
  StatusReport status_;
  RunSampling sampling_;
  StopControl stops_;
  NeighbourWatch neighbours_;
  ScratchJob scratch_;
  JobOpening job_;
  Shutdown shutdown_;
  Conclusion conclusion_;
  OwnerWatchdog watchdog_;
};

}  // namespace wm
