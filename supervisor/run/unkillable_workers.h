#pragma once

// Workers that SIGKILL does not end, because their file system or device does not answer. The run goes on
// without them; their tasks come back if they end after all, and else wait for the next run. That run looks
// at what such a worker left as it does after a run that died: the task stays started in the journal, and the
// worker's crash record stays, which says what it may publish later. Main thread.

#include <cstddef>
#include <map>
#include <vector>

#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/memory_control.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/segment_repair.h"

namespace wm {

class UnkillableWorkers {
 public:
  /// Borrowed.
  struct Parts {
    RunState& state;
    LogCollector& log;
    const MappedSegment& segment;
    CrashRecords& crash_records;
    WorkerPool& pool;
    MemoryControl& memory;
    Dispatcher& dispatcher;
    const SegmentRepair& repair;
  };
  explicit UnkillableWorkers(const Parts& parts) : parts_(parts) {}

  /// Takes the tasks of workers that have become unkillable, and names them in the log. About ten times a
  /// second.
  void tick(WorkerPool::Clock::time_point now);
  /// They have tasks: a run that stops for no other reason stops for this one.
  [[nodiscard]] bool have_tasks() const;
  /// Stops the run if nothing is left to do but what they have, or if no other worker can be started.
  /// `all_done`: all tasks but those that they have.
  void stop_if_alone(bool all_done);
  /// What was taken from this worker, which is confirmed dead now.
  [[nodiscard]] std::vector<Dispatcher::Returned> take(WorkerIndex worker);
  /// The run ends.
  void leave_behind();

 private:
  void take_task(const WorkerPool::Unkillable& worker);

  Parts parts_;
  std::map<WorkerIndex, std::vector<Dispatcher::Returned>> workers_;
};

}  // namespace wm
