#pragma once

// The worker processes: started when there is work for them, watched by pidfd, reaped, started again. The
// pool makes no decisions about tasks: its owner is notified of deaths and sweeps. Main thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/segment/mapped_segment.h"
#include "supervisor/event/active_clock.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/restart_policy.h"
#include "supervisor/pool/worker_launcher.h"

namespace wm {

/// Why the supervisor itself ended a worker.
enum class KillReason : std::uint8_t { timeout, memory, damage, stop, slow_boot, unresponsive };

struct WorkerDeath {
  WorkerIndex worker{};
  pid_t pid = -1;
  bool booted = false;               // it had reported ready
  std::optional<int> signal;         // the signal that killed it, or
  int exit_code = 0;                 // exit status, if no signal killed it
  std::optional<KillReason> killed;  // by us
  bool retired = false;              // it was asked to exit
  std::string boot_message;          // its explanation if it cannot boot
  std::string timeout;               // the limit of its task, as --timeout takes it
  std::uint64_t bytes = 0;           // its size when last measured
  bool out_of_memory = false;        // the kernel killed it because memory ran out
};

class WorkerPool {
 public:
  using Clock = ActiveClock;
  using OnStart = std::function<void(WorkerIndex, pid_t)>;
  using OnDeath = std::function<void(const WorkerDeath&)>;

  struct BootLimits {
    unsigned width = 1;        // how many boot at a time: this way, the first ones are ready sooner
    Clock::duration patience;  // a worker that takes longer is killed
  };
  /// All arguments must outlive the pool.
  WorkerPool(EventLoop& loop, const WorkerLauncher& launcher, const MappedSegment& segment,
             CrashRecords& crash_records, LogCollector& collector, const BootLimits& boot, OnStart on_start,
             OnDeath on_death);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Raises the wanted number of workers to `workers`; it never decreases.
  void set_target(unsigned workers) noexcept;
  struct Starts {
    unsigned started = 0;
    std::optional<std::string> problem;  // why the next one could not be started
  };
  static constexpr std::chrono::seconds pause_after_failed_start{1};
  /// Starts the workers that are due, and kills those that have been booting for too long. If a process could
  /// not be started, none is for a second.
  Starts start_due(Clock::time_point now);
  /// No starts while the segment is being repaired.
  void hold_starts(bool hold) noexcept { held_ = hold; }
  /// Checks whether booting workers have become ready.
  void notice_phases() noexcept;
  /// The collector has read everything that these dead workers left: their places may be used again.
  void on_drained(const std::vector<WorkerIndex>& workers) noexcept;
  /// After a death: leaves the place empty for so long.
  void pause(WorkerIndex worker, Clock::duration pause) noexcept;

  void kill(WorkerIndex worker, KillReason reason) noexcept;
  /// Asks a worker for a snapshot of its threads into `area` of its crash record; the worker continues.
  /// False: it cannot be asked.
  bool ask_for_snapshot(WorkerIndex worker, unsigned area, std::uint64_t request) noexcept;
  void kill_all(KillReason reason) noexcept;
  /// Kills all workers when this process is about to end: from then on the main thread waits where it would
  /// start or reap one. Any thread.
  void kill_all_and_halt() noexcept;
  /// SIGKILL ends every process unless a system call of it does not return: its file system or device does
  /// not answer. `kill_patience` after that such a worker counts as gone: nobody waits for it, it has no pid,
  /// and it executes no further instruction, even if its last system call takes effect after all. No other
  /// worker gets its place. If it ends after all, its death is reported as usual.
  struct Unkillable {
    WorkerIndex worker{};
    pid_t pid = -1;
  };
  static constexpr std::chrono::seconds kill_patience{5};
  /// Those that have become unkillable since the last call.
  [[nodiscard]] std::vector<Unkillable> take_unkillable(Clock::time_point now);
  /// Asks a worker to exit before its next task.
  void retire(WorkerIndex worker) noexcept;
  /// No more starts; workers that are still booting have no task and are killed.
  void stop_starting() noexcept;

  /// Without those that are unkillable.
  [[nodiscard]] unsigned alive() const noexcept;
  [[nodiscard]] unsigned unkillable() const noexcept;
  /// Number of places in which a worker was ever started.
  [[nodiscard]] unsigned used() const noexcept;
  /// Number of places whose dead worker's last output is still being read.
  [[nodiscard]] unsigned draining() const noexcept;
  [[nodiscard]] bool is_ready(WorkerIndex worker) const noexcept;
  [[nodiscard]] pid_t pid(WorkerIndex worker) const noexcept;
  /// Set when the first worker reported ready.
  [[nodiscard]] std::optional<Clock::time_point> first_ready() const noexcept { return first_ready_; }
  [[nodiscard]] unsigned size() const noexcept { return static_cast<unsigned>(places_.size()); }

 private:
  enum class State : std::uint8_t { empty, booting, ready, unkillable, draining };
  struct Place {
    State state = State::empty;
    ChildProcess child;
    EventLoop::WatchId watch{};
    std::optional<KillReason> killed;
    Clock::time_point killed_at{};
    bool was_ready = false;  // before it was unkillable
    bool retiring = false;
    Clock::time_point not_before{};
    Clock::time_point started{};
  };
  [[nodiscard]] unsigned count(State state) const noexcept;
  void start(WorkerIndex worker);
  void reap(WorkerIndex worker);
  [[nodiscard]] std::string boot_message(WorkerIndex worker) const;

  EventLoop& loop_;
  const WorkerLauncher& launcher_;
  const MappedSegment& segment_;
  CrashRecords& crash_records_;
  LogCollector& collector_;
  BootLimits boot_;
  OnStart on_start_;
  OnDeath on_death_;
  std::vector<Place> places_;
  std::mutex children_mutex_;  // for changes of what is in Place::child
  unsigned target_ = 0;
  bool starting_ = true;
  bool held_ = false;
  Clock::time_point not_before_{};  // no worker is started
  std::optional<Clock::time_point> first_ready_;
};

}  // namespace wm
