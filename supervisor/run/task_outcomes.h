#pragma once

// Decides what becomes of tasks that come back from workers: marked, failed, tried again, left for the next
// run. Nothing else decides that. Main thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/job/temporary_name.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/announced_outputs.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/journal/output_tree.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/crash_record_file.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/limit_watch.h"
#include "supervisor/run/memory_control.h"
#include "supervisor/run/outcome_recorder.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/task_supply.h"
#include "supervisor/run/worker_record.h"
#include "supervisor/run/worker_restarts.h"

namespace wm {

class TaskOutcomes {
 public:
  /// Borrowed.
  struct Parts {
    RunState& state;
    LogCollector& log;
    const MappedSegment& segment;
    const CrashRecords& crash_records;
    WorkerPool& pool;
    WorkerRecords& records;
    WorkerRestarts& restarts;
    Dispatcher& dispatcher;
    MemoryControl& memory;
    LimitWatch& limits;
    OutcomeRecorder& recorder;
    TaskSupply& supply;
  };
  TaskOutcomes(const JobSettings& settings, RunToken run, const Parts& parts)
      : settings_(settings), run_(run), parts_(parts) {}

  /// The output directory exists now. Throws std::system_error.
  void open_outputs() { outputs_.emplace(settings_.output); }

  /// Takes all results from the slots. True: there were some.
  bool collect();

  /// Takes back the task that a dead worker had in progress. `stage`: the one it was in.
  void take_back(const Dispatcher::Returned& returned, const WorkerDeath& death, std::string_view stage);
  /// Tasks whose failure was not believed because another worker had the task, too: for the repair of the
  /// segment.
  [[nodiscard]] std::vector<Dispatcher::Returned> take_contested() { return std::exchange(contested_, {}); }
  [[nodiscard]] bool has_contested() const noexcept { return !contested_.empty(); }
  /// The same as take_back(), when the shared memory was damaged. `charged`: this task may be to blame, and
  /// loses an attempt. True: an attempt was lost.
  bool take_back_after_damage(const Dispatcher::Returned& returned, bool charged);

  /// Outputs that a dead worker's crash record announces count as evidence until forget_announced().
  void note_announced(const CrashRecordFile& crash_record);
  void forget_announced() noexcept { announced_.clear(); }

 private:
  void on_outcome(Assignment assignment, WorkerIndex worker, const Outcome& outcome);
  void end_task(const Assignment& assignment, WorkerIndex worker, const Outcome& outcome);
  void on_output_disk_full(const Assignment& assignment, WorkerIndex worker, const Failure& failure);
  void end_attempt(Assignment assignment, WorkerIndex worker, const Failure& failure,
                   const FailedAttempt& end);
  [[nodiscard]] bool take_published(const Assignment& assignment, WorkerIndex worker);
  [[nodiscard]] bool was_published_before(const Assignment& assignment, WorkerIndex worker,
                                          const Outcome& outcome);
  [[nodiscard]] bool is_contested(const Assignment& assignment, WorkerIndex worker);
  [[nodiscard]] bool another_has(TaskId task, WorkerIndex worker) const;
  [[nodiscard]] std::optional<Published> published_by_living(const Assignment& assignment) const;
  void add_announced_by(WorkerIndex living, AnnouncedOutputs& announced) const;
  [[nodiscard]] PublishAttempt attempt_at(const Assignment& assignment) const;

  const JobSettings& settings_;
  const RunToken run_;
  Parts parts_;
  std::optional<OutputTree> outputs_;
  AnnouncedOutputs announced_;  // by dead workers, until their tasks are taken back
  std::vector<Dispatcher::Returned> contested_;
};

}  // namespace wm
