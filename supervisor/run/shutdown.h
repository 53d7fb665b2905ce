#pragma once

// Ends everything that a run has started: workers, scan, crash reports, copies of quarantined inputs. Waits
// for each up to a limit, or until a signal comes. Main thread; runs the event loop meanwhile.

#include <atomic>
#include <chrono>
#include <string>

#include "supervisor/crash/crash_reporter.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/ownership/owner_verdict.h"
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
    JournalThread& journal;
    CrashReporter& crashes;
    QuarantineDirectory& quarantine_directory;
  };
  /// `exit_limit`: instead of the usual one.
  Shutdown(Clock::duration exit_limit, const Parts& parts) : exit_limit_(exit_limit), parts_(parts) {}

  /// Workers that are starting are killed, the others exit before their next task.
  void end_workers();
  /// When another supervisor has taken the job over: kills the workers, says `why` and ends this process at
  /// once, since all that closing parts do is to write and remove files of the job.
  [[noreturn]] void abandon(const std::string& why);
  /// The same when the main thread may hang, or stderr. Any thread.
  [[noreturn]] void abandon_at_once(const std::string& why);
  /// The journal is closed: from now on abandon_at_once() says nothing and ends with this exit code.
  void note_closed(int exit_code) noexcept { closed_with_ = exit_code; }
  /// Gives up on a scan that hangs in a file system.
  void await_scan();
  /// Crashes that are not analysed in time stay raw and keep their crash records; inputs that are not copied
  /// are reported.
  void await_reports();
  /// Until the journal has recorded everything, for which the last outputs must reach the disk. False: they
  /// do not, and a signal has asked for the end.
  [[nodiscard]] bool await_journal();

 private:
  static constexpr int not_closed = -1;

  Clock::duration exit_limit_;
  Parts parts_;
  std::atomic<int> closed_with_{not_closed};
};

/// Why a run is abandoned whose owner's file is not touched any more.
[[nodiscard]] std::string silent_server_words(const std::string& job_directory, const OwnerTimes& times);

}  // namespace wm
