#pragma once

// What workers may hold, and the memory that all of them share for large pictures. Main thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/memory_division.h"
#include "supervisor/dispatch/memory_granter.h"
#include "supervisor/dispatch/retry_policy.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_memory.h"
#include "supervisor/pool/worker_pool.h"

namespace wm {

class MemoryControl {
 public:
  /// Borrows all but `division`.
  MemoryControl(const JobSettings& settings, const MemoryDivision& division, const MappedSegment& segment,
                const WorkerLauncher& launcher);

  /// Of one worker, in bytes; none: no limit.
  [[nodiscard]] std::optional<std::uint64_t> limit() const noexcept { return limit_; }
  /// By which means it is kept, for the log.
  [[nodiscard]] std::string means() const { return workers_.means(); }

  /// A worker was just started.
  void adopt(WorkerIndex worker, pid_t pid);
  /// Lets large pictures have memory, in the order in which they asked.
  void serve(Dispatcher& dispatcher, const WorkerPool& pool);
  void end_task(WorkerIndex worker, pid_t pid, std::uint64_t ticket);
  void end_worker(WorkerIndex worker) { grants_.end_worker(worker); }

  /// Adds what is known of the memory that a dead worker held.
  void complete(WorkerDeath& death);
  [[nodiscard]] MemoryShortage shortage_of(const WorkerDeath& death) const;

  [[nodiscard]] bool exceeds_limit(WorkerIndex worker, pid_t pid) {
    return workers_.exceeds_limit(worker, pid);
  }
  /// It has grown so much that it should be replaced between two files.
  [[nodiscard]] bool has_grown(WorkerIndex worker, pid_t pid) { return workers_.has_grown(worker, pid); }
  [[nodiscard]] bool waits(WorkerIndex worker) const { return grants_.waits(worker); }
  [[nodiscard]] bool somebody_waits() const noexcept { return grants_.somebody_waits(); }

 private:
  const bool limit_is_the_users_;
  const std::optional<std::uint64_t> max_output_;
  const std::optional<std::uint64_t> limit_;
  const std::uint64_t for_workers_;  // bytes, of all together
  WorkerMemory workers_;
  MemoryGranter grants_;
};

}  // namespace wm
