#pragma once

// Handles a worker's death: its tasks are taken back, it is started again or the run stops, and once its last
// words have been read, its crash report is requested. Main thread.

#include <optional>
#include <string_view>
#include <vector>

#include "supervisor/cli/job_settings.h"
#include "supervisor/crash/crash_reporter.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/death_verdict.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/segment_repair.h"
#include "supervisor/run/task_outcomes.h"
#include "supervisor/run/unkillable_workers.h"
#include "supervisor/run/worker_record.h"
#include "supervisor/run/worker_restarts.h"

namespace wm {

class WorkerDeaths {
 public:
  /// Borrowed.
  struct Parts {
    RunState& state;
    LogCollector& log;
    const MappedSegment& segment;
    const WorkerLauncher& launcher;
    CrashRecords& crash_records;
    WorkerPool& pool;
    WorkerRecords& records;
    WorkerRestarts& restarts;
    Dispatcher& dispatcher;
    MemoryControl& memory;
    TaskOutcomes& outcomes;
    OutcomeRecorder& recorder;
    SegmentRepair& repair;
    UnkillableWorkers& unkillable;
    CrashReporter& crashes;
  };
  WorkerDeaths(const JobSettings& settings, const Parts& parts) : settings_(settings), parts_(parts) {}

  void on_death(WorkerDeath death);
  /// The last words of some dead workers have been read. Throws UsageError when they refuse the recipe before
  /// any worker was ready: the job is not open yet.
  void on_drained();

 private:
  void announce(const WorkerDeath& death, const Dispatcher::Returned* task, std::string_view stage);
  void note_facts(const WorkerDeath& death, const Dispatcher::Returned* task, std::string_view stage);
  void answer(const WorkerDeath& death, bool had_task);
  void report(WorkerIndex worker);
  void stop_for_boot_failure();

  const JobSettings& settings_;
  Parts parts_;
  unsigned boot_crashes_ = 0;
  std::optional<WorkerDeath> boot_failure_;
};

}  // namespace wm
