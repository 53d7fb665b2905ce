#pragma once

// Repairs the shared memory after a worker wrote to a wrong place in it. Since any worker may have done it,
// all are killed, everything handed out is taken back, and new ones start. Main thread.

#include <vector>

#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/task_outcomes.h"
#include "supervisor/run/worker_restarts.h"

namespace wm {

class SegmentRepair {
 public:
  /// Borrowed.
  struct Parts {
    const RunState& state;
    LogCollector& log;
    MappedSegment& segment;
    WorkerPool& pool;
    WorkerRestarts& restarts;
    Dispatcher& dispatcher;
    TaskOutcomes& outcomes;
  };
  explicit SegmentRepair(const Parts& parts) : parts_(parts) {}

  /// The segment is damaged, whether the repair has begun or not.
  [[nodiscard]] bool needed() const noexcept { return active_ || parts_.dispatcher.damaged(); }
  /// Begins or continues a repair that is needed; it is complete once all workers are gone.
  void advance();

 private:
  void begin();
  void take_everything_back();

  Parts parts_;
  bool active_ = false;
};

}  // namespace wm
