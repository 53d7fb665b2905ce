#pragma once

// Ends everything that a run has started: workers, scan, crash reports, copies of quarantined inputs. Waits
// for each up to a limit, or until a signal comes. Main thread; runs the event loop meanwhile.

#include <chrono>

#include "supervisor/crash/crash_reporter.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/report/quarantine_directory.h"
#include "supervisor/run/input_feed.h"
#include "supervisor/run/run_state.h"

namespace wm {

/// For workers that were asked to exit.
inline constexpr std::chrono::seconds usual_exit_limit{5};

class Shutdown {
 public:
  using Clock = RunState::Clock;

  /// Borrowed.
  struct Parts {
    const RunState& state;
    EventLoop& loop;
    LogCollector& log;
    const MappedSegment& segment;
    const WorkerLauncher& launcher;
    WorkerPool& pool;
    InputFeed& feed;
    CrashReporter& crashes;
    QuarantineDirectory& quarantine_directory;
  };
  /// `exit_limit`: instead of the usual one.
  Shutdown(Clock::duration exit_limit, const Parts& parts) : exit_limit_(exit_limit), parts_(parts) {}

  /// Workers that are starting are killed, the others exit before their next task.
  void end_workers();
  /// Gives up on a scan that hangs in a file system.
  void await_scan();
  /// Crashes that are not analysed in time stay raw and keep their crash records; inputs that are not copied
  /// are reported.
  void await_reports();

 private:
  Clock::duration exit_limit_;
  Parts parts_;
};

}  // namespace wm
