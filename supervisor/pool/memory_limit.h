#pragma once

// How much memory workers may use by default: a fraction of the memory of this machine, or of the control
// group of this process. Never throws: a value that cannot be read imposes no limit.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "supervisor/cli/job_settings.h"

namespace wm {

struct MachineMemory {
  std::uint64_t ram = 0;                      // bytes
  std::optional<std::uint64_t> cgroup_limit;  // the lowest one that applies to this process

  [[nodiscard]] std::uint64_t usable() const noexcept { return std::min(ram, cgroup_limit.value_or(ram)); }
};

/// The current values: sysinfo(2), memory.max (v2) and memory.limit_in_bytes (v1) of this process' groups.
[[nodiscard]] MachineMemory machine_memory();

/// The lowest limit set by the files `name` of `group` and of its ancestors, up to `hierarchy`, where the
/// file system is mounted. In a container `group` may not be visible: then its root is the container's.
[[nodiscard]] std::optional<std::uint64_t> lowest_cgroup_limit(const std::filesystem::path& hierarchy,
                                                               const std::string& group,
                                                               const std::string& name);

/// A worker that has loaded libvips and its fonts uses less than half of this.
inline constexpr std::uint64_t least_default_memory_limit = std::uint64_t{64} << 20;

/// The limit for all workers together: 80 % of the usable memory. The rest is for the supervisor, the page
/// cache and other programs.
[[nodiscard]] constexpr std::uint64_t memory_for_workers(std::uint64_t usable) {
  return usable / 10 * 8 + usable % 10 * 8 / 10;
}

/// The default limit of one worker.
[[nodiscard]] constexpr std::uint64_t default_memory_limit(std::uint64_t ram,
                                                           std::optional<std::uint64_t> cgroup_limit,
                                                           unsigned workers) {
  const std::uint64_t usable = std::min(ram, cgroup_limit.value_or(ram));
  return std::max(memory_for_workers(usable) / std::max(workers, 1U), least_default_memory_limit);
}

/// The limit of a worker that was granted so much for one picture. The memory for a picture is only an
/// estimate, and the worker itself needs some, too; but half of the memory that `for_workers` leaves must
/// stay free, or the kernel would look for a victim before the limit is reached.
[[nodiscard]] constexpr std::uint64_t raised_memory_limit(std::uint64_t granted, std::uint64_t for_workers) {
  constexpr std::uint64_t worker_itself = std::uint64_t{64} << 20;
  return std::min(granted + granted / 4 + worker_itself, for_workers + for_workers / 8);
}

/// The limit of each of `workers`, none when it is switched off.
[[nodiscard]] std::optional<std::uint64_t> memory_limit_of_worker(const MemoryLimit& setting,
                                                                  unsigned workers);

/// "3.1 GiB", "512 MiB".
[[nodiscard]] std::string memory_text(std::uint64_t bytes);

}  // namespace wm
