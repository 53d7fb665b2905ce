#pragma once

// The number of CPUs that this process may really use, for `--workers auto`.

#include <optional>
#include <string_view>

namespace wm {

/// The smaller of the CPU affinity mask and the cgroup's quota (v2 `cpu.max`, all levels up to the root; v1
/// `cpu.cfs_quota_us`), at least 1.
[[nodiscard]] unsigned usable_cpus();

/// The CPUs allowed by the text of a cgroup v2 `cpu.max` ("150000 100000" is 2, rounded up); none for "max"
/// or an invalid text.
[[nodiscard]] std::optional<unsigned> cpus_of_quota(std::string_view cpu_max);

}  // namespace wm
