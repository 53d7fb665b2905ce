#pragma once

// A control group (v2) for each worker, if this process' own group was delegated to it, as by `systemd-run
// --scope -p Delegate=yes` or Delegate= in a unit: the kernel then enforces each worker's limit, and counts
// its kills per worker. https://docs.kernel.org/admin-guide/cgroup-v2.html. Main thread.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/job/task.h"

namespace wm {

class WorkerCgroups {
 public:
  /// `own` is the directory of this process' group. None when we may not divide it, it lacks the memory
  /// controller, or another process lives in it, such as another supervisor that has divided it; then nothing
  /// has changed.
  [[nodiscard]] static std::optional<WorkerCgroups> divide(const std::filesystem::path& own, unsigned workers,
                                                           std::optional<std::uint64_t> limit);
  /// Restores the groups to their original state. Workers must be gone.
  ~WorkerCgroups();
  WorkerCgroups(WorkerCgroups&& other) noexcept;
  WorkerCgroups& operator=(WorkerCgroups&&) = delete;
  WorkerCgroups& operator=(const WorkerCgroups&) = delete;
  WorkerCgroups(const WorkerCgroups&) = delete;

  /// Moves a worker that was just started into its group. Linking and libvips' initialisation come later: the
  /// process has touched only a few pages before, which are counted elsewhere.
  void adopt(WorkerIndex worker, pid_t pid) const;
  /// Changes the worker's memory limit.
  void limit(WorkerIndex worker, std::uint64_t bytes) const;
  /// How many out-of-memory kills the kernel has counted in the worker's group.
  [[nodiscard]] std::uint64_t oom_kills(WorkerIndex worker) const;

 private:
  WorkerCgroups(std::filesystem::path own, unsigned workers, bool divided_before)
      : own_(std::move(own)), workers_(workers), divided_before_(divided_before) {}
  [[nodiscard]] std::filesystem::path leaf(unsigned worker) const;
  [[nodiscard]] std::filesystem::path supervisor_leaf() const;

  std::filesystem::path own_;  // empty: moved from
  unsigned workers_ = 0;
  bool divided_before_ = false;  // its children already had the memory controller
};

/// The `oom_kill` line of memory.events (v2) or memory.oom_control (v1); 0 when it is missing.
[[nodiscard]] std::uint64_t oom_kills_in(const std::filesystem::path& file);

}  // namespace wm
