#pragma once

// How many CPUs this process may really use: what `--workers auto` means.

#include <optional>
#include <string_view>

namespace wm {

/// The smaller of the CPU affinity mask and the quota of the cgroup (v2 `cpu.max`, all levels up to the
/// root; v1 `cpu.cfs_quota_us`), at least 1.
[[nodiscard]] unsigned usable_cpus();

/// CPUs that the text of a cgroup v2 `cpu.max` allows ("150000 100000" is 2, rounded up); none for "max" or
/// for what is no such text.
[[nodiscard]] std::optional<unsigned> cpus_of_quota(std::string_view cpu_max);

}  // namespace wm
