#pragma once

// Hands samples of the run's figures to the journal: the counts at intervals that sample_series.h determines,
// the times of the stages seldom. Main thread.

#include <cstdint>

#include "supervisor/journal/journal_thread.h"
#include "supervisor/journal/sample_series.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/report/run_report.h"
#include "supervisor/run/run_progress.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/status_report.h"

namespace wm {

class RunSampling {
 public:
  /// Borrowed.
  struct Parts {
    const RunState& state;
    JournalThread& journal;
    const WorkerPool& pool;
    const RunProgress& progress;
    const StatusReport& status;
    const RunReport& report;
  };
  explicit RunSampling(const Parts& parts) : parts_(parts) {}

  /// About ten times a second.
  void tick(RunState::Clock::time_point now);

  /// The run so far.
  [[nodiscard]] RunCounts counts(RunState::Clock::time_point now) const;
  /// The last one, with the stages. `counts`: of the whole run.
  [[nodiscard]] SampleEntry last(const RunCounts& counts);

 private:
  [[nodiscard]] SampleEntry entry(const RunCounts& counts);

  Parts parts_;
  SampleSeries series_;
  std::int64_t stages_due_ms_ = 5'000;
};

}  // namespace wm
