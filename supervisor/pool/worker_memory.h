#pragma once

// What workers may hold, what they hold, and whom the kernel killed for want of memory. Main thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/job/task.h"
#include "supervisor/pool/growth_policy.h"
#include "supervisor/pool/worker_cgroups.h"

namespace wm {

class WorkerMemory {
 public:
  /// `limit`: bytes of one worker. `growth`: replace a worker that has grown by more than that; 0: never.
  WorkerMemory(unsigned workers, std::optional<std::uint64_t> limit, std::uint64_t growth);

  /// Each worker has a control group of its own, which keeps the limit.
  [[nodiscard]] bool has_groups() const noexcept { return cgroups_.has_value(); }
  /// By which means the limit is kept, for the log.
  [[nodiscard]] std::string means() const;

  /// A worker was just started: it goes before us when memory runs out, and its limits are set.
  void adopt(WorkerIndex worker, pid_t pid);
  /// Until the picture is done, it may have so much, if that is more than its limit.
  void raise_limit(WorkerIndex worker, pid_t pid, std::uint64_t raised);
  /// The picture is done.
  void restore_limit(WorkerIndex worker, pid_t pid);
  /// Looks at what it holds. True: more than it may.
  [[nodiscard]] bool exceeds_limit(WorkerIndex worker, pid_t pid);
  /// After each of its tasks. True: it has grown so much that it shall be replaced between two files.
  [[nodiscard]] bool has_grown(WorkerIndex worker, pid_t pid);

  /// What it held when it was last looked at, in bytes.
  [[nodiscard]] std::uint64_t last_size(WorkerIndex worker) const { return workers_[number(worker)].size; }
  /// For a worker that died of SIGKILL which we did not send: whether the kernel has counted a kill for want
  /// of memory since the last death, in the worker's group or else in ours.
  [[nodiscard]] bool killed_by_kernel(WorkerIndex worker);

 private:
  struct Worker {
    std::uint64_t size = 0;
    std::optional<std::uint64_t> raised_limit;
    GrowthPolicy growth;
  };
  [[nodiscard]] std::uint64_t oom_kills(WorkerIndex worker) const;
  void enforce(WorkerIndex worker, pid_t pid, std::uint64_t limit);

  std::optional<std::uint64_t> limit_;
  std::uint64_t growth_;
  std::optional<WorkerCgroups> cgroups_;
  std::filesystem::path own_events_;  // of our own group, when there are no others
  std::vector<Worker> workers_;
  std::vector<std::uint64_t> oom_kills_;  // as last seen: of each worker's group, or of ours in the first
};

/// No file that this process writes may grow beyond so many bytes, nor can it take that back.
void limit_file_size(pid_t pid, std::uint64_t bytes) noexcept;

/// Resident bytes of a process that are its own: without mapped files and shared memory (statm's `resident`
/// minus `shared`). 0 when it is gone.
[[nodiscard]] std::uint64_t private_bytes(pid_t pid);

}  // namespace wm
