#pragma once

// The worker processes: started when there is work for them, watched by pidfd, reaped, started again.
// It decides nothing about tasks: its owner hears of deaths and sweeps. Main thread.

#include <chrono>
#include <cstdint>
#include <functional>
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
  int exit_code = 0;                 // what it exited with
  std::optional<KillReason> killed;  // by us
  bool retired = false;              // it was asked to exit
  std::string boot_message;          // why it says that it cannot boot
  std::uint64_t bytes = 0;           // that it held when it was last looked at
  bool out_of_memory = false;        // the kernel killed it for want of memory
};

class WorkerPool {
 public:
  using Clock = ActiveClock;
  using OnStart = std::function<void(WorkerIndex, pid_t)>;
  using OnDeath = std::function<void(const WorkerDeath&)>;

  struct BootLimits {
    unsigned width = 1;        // so many boot at a time: the first ones are ready sooner that way
    Clock::duration patience;  // who takes longer is killed
  };
  /// All arguments must outlive the pool.
  WorkerPool(EventLoop& loop, const WorkerLauncher& launcher, const MappedSegment& segment,
             CrashRecords& crash_records, LogCollector& collector, const BootLimits& boot, OnStart on_start,
             OnDeath on_death);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// How many workers there shall be; it never goes down by itself.
  void set_target(unsigned workers) noexcept;
  /// Starts what is due, and kills what has been booting for too long. Why a process could not be started,
  /// if so; it is tried again a second later.
  std::optional<std::string> start_due(Clock::time_point now);
  /// No starts while the segment is being repaired.
  void hold_starts(bool hold) noexcept { held_ = hold; }
  /// Looks at the crash records of booting workers.
  void notice_phases() noexcept;
  /// The collector has read all that dead workers left: their places may be used again.
  void on_drained(const std::vector<WorkerIndex>& workers) noexcept;
  /// After a death: the place stays empty until then.
  void pause(WorkerIndex worker, Clock::duration pause) noexcept;

  void kill(WorkerIndex worker, KillReason reason) noexcept;
  /// Asks a worker for a snapshot of its threads into `area` of its crash record; it goes on. False: it
  /// cannot be asked.
  bool ask_for_snapshot(WorkerIndex worker, unsigned area, std::uint64_t request) noexcept;
  void kill_all(KillReason reason) noexcept;
  /// Asks a worker to exit before its next task.
  void retire(WorkerIndex worker) noexcept;
  /// No more starts; workers that are still booting hold nothing and are killed.
  void stop_starting() noexcept;

  [[nodiscard]] unsigned alive() const noexcept;
  /// Places in which a worker was ever started.
  [[nodiscard]] unsigned used() const noexcept;
  /// Places whose dead worker's words are still being read.
  [[nodiscard]] unsigned draining() const noexcept;
  [[nodiscard]] bool is_ready(WorkerIndex worker) const noexcept;
  [[nodiscard]] pid_t pid(WorkerIndex worker) const noexcept;
  /// Set when the first worker reported ready.
  [[nodiscard]] std::optional<Clock::time_point> first_ready() const noexcept { return first_ready_; }
  [[nodiscard]] unsigned size() const noexcept { return static_cast<unsigned>(places_.size()); }

 private:
  enum class State : std::uint8_t { empty, booting, ready, draining };
  struct Place {
    State state = State::empty;
    ChildProcess child;
    EventLoop::WatchId watch{};
    std::optional<KillReason> killed;
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
  unsigned target_ = 0;
  bool starting_ = true;
  bool held_ = false;
  std::optional<Clock::time_point> first_ready_;
};

}  // namespace wm
