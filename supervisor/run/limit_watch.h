#pragma once

// Finds workers that take too long or too much memory, and kills them: a worker with a task once snapshots of
// its threads have been requested, a worker that hangs without a task if it leaves tasks waiting. Main
// thread.

#include <chrono>

#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/deadline_policy.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/idle_policy.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/memory_control.h"
#include "supervisor/run/worker_record.h"

namespace wm {

class LimitWatch {
 public:
  using Clock = ActiveClock;

  /// Borrowed.
  struct Parts {
    const MappedSegment& segment;
    const WorkerLauncher& launcher;
    const CrashRecords& crash_records;
    WorkerPool& pool;
    WorkerRecords& records;
    Dispatcher& dispatcher;
    MemoryControl& memory;
  };
  LimitWatch(const Timeout& timeout, const Parts& parts)
      : parts_(parts), deadline_(timeout), idleness_(parts.pool.size()) {}

  /// About ten times a second.
  void tick(Clock::time_point now);

  /// A worker has ended a task.
  void note_outcome(WorkerIndex worker) { idleness_.excuse(number(worker)); }
  /// A picture took this long.
  void note_duration(std::chrono::nanoseconds elapsed) { deadline_.observe(elapsed); }

 private:
  void watch_busy_workers(Clock::time_point now, Clock::duration since_last_tick);
  void watch_idle_workers(Clock::time_point now);
  [[nodiscard]] bool may_be_killed(const Dispatcher::InWork& task, unsigned snapshots);

  Parts parts_;
  DeadlinePolicy deadline_;
  IdlePolicy idleness_;
  Clock::time_point last_tick_ = Clock::now();
};

}  // namespace wm
