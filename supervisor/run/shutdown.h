#pragma once

// Ends what a run has going: workers, scan, crash reports, copies of quarantined inputs. Each is waited for
// up to a limit, and no longer once a signal comes. Main thread; turns the loop meanwhile.

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

/// For workers that were told to exit.
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

  /// Those that start are killed, the others exit before their next task.
  void end_workers();
  /// A scan that hangs in a file system is given up.
  void await_scan();
  /// What is not analysed stays raw and keeps its crash record, what is not copied is reported.
  void await_reports();

 private:
  Clock::duration exit_limit_;
  Parts parts_;
};

}  // namespace wm
