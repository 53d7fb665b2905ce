#include "supervisor/pool/cpu_budget.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "supervisor/pool/own_cgroup.h"

namespace wm {
namespace {

unsigned cpus_of_affinity() {
  // A machine may have more CPUs than cpu_set_t has bits; the kernel then refuses the small mask.
  for (std::size_t bits = CPU_SETSIZE; bits <= std::size_t{1} << 20; bits *= 2) {
    cpu_set_t* const mask = CPU_ALLOC(bits);
    const std::size_t bytes = CPU_ALLOC_SIZE(bits);
    const bool known = ::sched_getaffinity(0, bytes, mask) == 0;
    const int count = known ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (known) return static_cast<unsigned>(std::max(count, 1));
  }
  return 1;
}

std::optional<unsigned> cpus_of_cgroups() {
  std::optional<unsigned> least;
  const auto consider = [&](std::optional<unsigned> cpus) {
    if (cpus) least = std::min(least.value_or(*cpus), *cpus);
  };
  if (const auto group = own_cgroup("")) {
    for (std::filesystem::path path = *group;; path = path.parent_path()) {
      consider(cpus_of_quota(first_line("/sys/fs/cgroup" / path.relative_path() / "cpu.max")));
      if (!path.has_relative_path()) break;
    }
  }
  if (own_cgroup("cpu")) {  // in containers the group is mounted as the root of the hierarchy
    const std::string quota = first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    consider(cpus_of_quota(quota + " " + first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us")));
  }
  return least;
}

}  // namespace

std::optional<unsigned> cpus_of_quota(std::string_view cpu_max) {
  std::istringstream text{std::string(cpu_max)};
  double quota = 0;
  double period = 0;
  if (!(text >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return static_cast<unsigned>(std::clamp(std::ceil(quota / period), 1.0, 65536.0));
}

unsigned usable_cpus() {
  const unsigned cpus = cpus_of_affinity();
  return std::min(cpus, cpus_of_cgroups().value_or(cpus));
}

}  // namespace wm
