#pragma once

// What a signal asks for, and how a stop is carried out. Main thread.

#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/debugging.h"
#include "supervisor/run/input_feed.h"
#include "supervisor/run/run_progress.h"
#include "supervisor/run/run_state.h"
#include "supervisor/run/status_report.h"
#include "supervisor/run/suspension_watch.h"
#include "supervisor/run/task_supply.h"

namespace wm {

class StopControl {
 public:
  /// Borrowed.
  struct Parts {
    RunState& state;
    LogCollector& log;
    InputFeed& feed;
    WorkerPool& pool;
    const DebuggingSetup& debugging;
    Dispatcher& dispatcher;
    TaskSupply& supply;
    const RunProgress& progress;
    StatusReport& status;
    SuspensionWatch& suspension;
  };
  StopControl(const JobSettings& settings, const Parts& parts) : settings_(settings), parts_(parts) {}

  void on_signal(int signal);
  /// If a stop was requested since the last call: from now on nothing is handed out or started, and tasks in
  /// progress have the stop's grace.
  void carry_out();

 private:
  void answer(int signal, RunState::Clock::duration grace);

  const JobSettings& settings_;
  Parts parts_;
};

}  // namespace wm
