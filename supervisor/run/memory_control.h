#pragma once

// How much memory workers may hold, and the memory that all of them share for large pictures. Main thread.

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

  /// The limit of one worker, in bytes; none: no limit.
  [[nodiscard]] std::optional<std::uint64_t> limit() const noexcept { return limit_; }
  /// How the limit is enforced, for the log.
  [[nodiscard]] std::string means() const { return workers_.means(); }

  /// A worker has just been started.
  void adopt(WorkerIndex worker, pid_t pid);
  /// Grants memory to large pictures, in the order of their requests.
  void serve(Dispatcher& dispatcher, const WorkerPool& pool);
  void end_task(WorkerIndex worker, pid_t pid, std::uint64_t ticket);
  void end_worker(WorkerIndex worker) { grants_.end_worker(worker); }

  /// Adds what is known about the memory that the dead worker held.
  void complete(WorkerDeath& death);
  [[nodiscard]] MemoryShortage shortage_of(const WorkerDeath& death) const;

  [[nodiscard]] bool exceeds_limit(WorkerIndex worker, pid_t pid) {
    return workers_.exceeds_limit(worker, pid);
  }
  /// The worker has grown so much that it should be replaced between two files.
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
