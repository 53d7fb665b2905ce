#pragma once

// Reports how far the run is: to the terminal, on SIGUSR1, to systemd and at the end. Main thread.

#include <string>

#include "supervisor/cli/job_settings.h"
#include "supervisor/journal/ledger.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/report/progress_display.h"
#include "supervisor/run/input_feed.h"
#include "supervisor/run/memory_control.h"
#include "supervisor/run/outcome_recorder.h"
#include "supervisor/run/run_state.h"

namespace wm {

class RunProgress {
 public:
  /// Borrowed.
  struct Parts {
    const RunState& state;
    const MappedSegment& segment;
    const InputFeed& feed;
    const WorkerPool& pool;
    const MemoryControl& memory;
    const OutcomeRecorder& recorder;
  };
  RunProgress(const JobSettings& settings, const Parts& parts);

  /// About ten times a second.
  void tick(RunState::Clock::time_point now);
  /// Nothing stays on the terminal.
  void finish() { display_.finish(); }

  /// One line.
  [[nodiscard]] std::string line() const { return progress_line(now()); }
  [[nodiscard]] Ledger ledger() const;
  [[nodiscard]] Progress now() const;

 private:
  [[nodiscard]] std::string worker_letters() const;

  Parts parts_;
  ProgressDisplay display_;
  Pace pace_;
};

}  // namespace wm
