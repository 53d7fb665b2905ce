#pragma once

// Starts dead workers again, after a pause if they keep dying, or requests the end of the run. Main thread.

#include <chrono>

#include "supervisor/pool/restart_policy.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/run_state.h"

namespace wm {

class WorkerRestarts {
 public:
  /// Borrows both.
  WorkerRestarts(WorkerPool& pool, RunState& state, std::chrono::milliseconds first_pause)
      : pool_(pool), state_(state), policy_(pool.size(), first_pause) {}

  /// A task came back with an outcome.
  void note_outcome() noexcept { policy_.on_success(); }

  void after_death(WorkerIndex worker, DeathBlame blame);

  /// Starts what is due. Several failures in a row with no worker alive stop the run.
  void start_due(RunState::Clock::time_point now, LogCollector& log);

 private:
  WorkerPool& pool_;
  RunState& state_;
  RestartPolicy policy_;
  unsigned failed_starts_ = 0;  // in a row
};

}  // namespace wm
