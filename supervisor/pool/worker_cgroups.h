#pragma once

// A control group (v2) for each worker, where this process' own group was delegated to it, as by
// `systemd-run --scope -p Delegate=yes` or Delegate= in a unit: the kernel then keeps the limit of each
// worker, and counts whom it killed. https://docs.kernel.org/admin-guide/cgroup-v2.html. Main thread.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/job/task.h"

namespace wm {

class WorkerCgroups {
 public:
  /// `own` is the directory of this process' group. None when it is not ours to divide, or lacks the memory
  /// controller, or somebody else lives in it, such as another supervisor that has divided it; then nothing
  /// has changed.
  [[nodiscard]] static std::optional<WorkerCgroups> divide(const std::filesystem::path& own, unsigned workers,
                                                           std::optional<std::uint64_t> limit);
  /// Leaves the groups as they were found. Workers must be gone.
  ~WorkerCgroups();
  WorkerCgroups(WorkerCgroups&& other) noexcept;
  WorkerCgroups& operator=(WorkerCgroups&&) = delete;
  WorkerCgroups& operator=(const WorkerCgroups&) = delete;
  WorkerCgroups(const WorkerCgroups&) = delete;

  /// Puts a worker that was just started into its group. Linking and libvips' start come after it: what the
  /// process had touched before is a few pages, counted elsewhere.
  void adopt(WorkerIndex worker, pid_t pid) const;
  /// Changes what the worker may take.
  void limit(WorkerIndex worker, std::uint64_t bytes) const;
  /// How often the kernel killed in that group for want of memory.
  [[nodiscard]] std::uint64_t oom_kills(WorkerIndex worker) const;

 private:
  WorkerCgroups(std::filesystem::path own, unsigned workers, bool divided_before)
      : own_(std::move(own)), workers_(workers), divided_before_(divided_before) {}
  [[nodiscard]] std::filesystem::path leaf(unsigned worker) const;
  [[nodiscard]] std::filesystem::path supervisor_leaf() const;

  std::filesystem::path own_;  // empty: moved from
  unsigned workers_ = 0;
  bool divided_before_ = false;  // its children had the memory controller already
};

/// The `oom_kill` line of memory.events (v2) or memory.oom_control (v1); 0 when there is none.
[[nodiscard]] std::uint64_t oom_kills_in(const std::filesystem::path& file);

}  // namespace wm
