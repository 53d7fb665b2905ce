#pragma once

// The memory limits of workers, their sizes, and kills by the kernel when memory runs out. Main thread.

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
  /// `limit`: bytes of one worker. `growth`: replace a worker that has grown by more bytes than that; 0:
  /// never.
  WorkerMemory(unsigned workers, std::optional<std::uint64_t> limit, std::uint64_t growth);

  /// Each worker has its own control group, which enforces the limit.
  [[nodiscard]] bool has_groups() const noexcept { return cgroups_.has_value(); }
  /// How the limit is enforced, for the log.
  [[nodiscard]] std::string means() const;

  /// A worker was just started: sets its limits, and lets the kernel kill it before us when memory runs out.
  void adopt(WorkerIndex worker, pid_t pid);
  /// Until the picture is done, the worker may use so many bytes, if that is more than its limit.
  void raise_limit(WorkerIndex worker, pid_t pid, std::uint64_t raised);
  /// The picture is done.
  void restore_limit(WorkerIndex worker, pid_t pid);
  /// Measures the worker's size. True: it exceeds the limit.
  [[nodiscard]] bool exceeds_limit(WorkerIndex worker, pid_t pid);
  /// After each of its tasks. True: it has grown so much that it should be replaced between two files.
  [[nodiscard]] bool has_grown(WorkerIndex worker, pid_t pid);

  /// Its size when last measured, in bytes.
  [[nodiscard]] std::uint64_t last_size(WorkerIndex worker) const { return workers_[number(worker)].size; }
  /// For a worker that died of a SIGKILL that we did not send: whether the kernel has counted an
  /// out-of-memory kill since the last death, in the worker's group or else in ours.
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
  std::filesystem::path own_events_;  // of our own group, if workers have none
  std::vector<Worker> workers_;
  std::vector<std::uint64_t>
      oom_kills_;  // as last seen: of each worker's group, or of ours in the first element
};

/// Limits the size of any file that the process writes; it cannot lift that limit again.
void limit_file_size(pid_t pid, std::uint64_t bytes) noexcept;

/// The private resident bytes of a process: without mapped files and shared memory (statm's `resident` minus
/// `shared`). 0 when it is gone.
[[nodiscard]] std::uint64_t private_bytes(pid_t pid);

}  // namespace wm
