#include "supervisor/pool/worker_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "supervisor/pool/own_cgroup.h"

namespace wm {
namespace {

constexpr int expendable = 500;  // added to our own oom_score_adj; 1000 at most in total

#if defined(WM_ADDRESS_SANITIZER) || defined(WM_THREAD_SANITIZER)
constexpr bool reserves_address_space = true;  // sanitizers reserve terabytes of it
#else
constexpr bool reserves_address_space = false;
#endif

std::filesystem::path own_group() {
  const auto group = own_cgroup("");
  return group ? "/sys/fs/cgroup" / std::filesystem::path(*group).relative_path() : std::filesystem::path();
}

/// The file in which the kernel counts kills in the group of this process and its workers; empty when it is
/// not visible.
std::filesystem::path own_events() {
  std::error_code error;
  if (auto events = own_group() / "memory.events"; std::filesystem::exists(events, error)) return events;
  for (const std::string& group : {own_cgroup("memory").value_or(""), std::string()}) {
    auto control =
        "/sys/fs/cgroup/memory" / std::filesystem::path(group).relative_path() / "memory.oom_control";
    if (std::filesystem::exists(control, error)) return control;
  }
  return {};
}

void make_expendable(pid_t pid) {
  int ours = 0;
  std::ifstream("/proc/self/oom_score_adj") >> ours;
  std::ofstream(fmt::format("/proc/{}/oom_score_adj", pid)) << std::min(ours + expendable, 1000);
}

/// A backstop for a single allocation that is too fast for the supervisor to notice. The address space is
/// much larger than the memory: stacks, arenas and mapped files reserve addresses that they never touch.
void cap_address_space(pid_t pid, std::uint64_t limit) {
  constexpr std::uint64_t reserved = std::uint64_t{4} << 30;
  rlimit cap{};
  if (reserves_address_space || ::prlimit(pid, RLIMIT_AS, nullptr, &cap) != 0) return;
  cap.rlim_cur = std::min<rlim_t>(cap.rlim_max, 4 * limit + reserved);
  ::prlimit(pid, RLIMIT_AS, &cap, nullptr);
}

}  // namespace

WorkerMemory::WorkerMemory(unsigned workers, std::optional<std::uint64_t> limit, std::uint64_t growth)
    : limit_(limit),
      growth_(growth),
      cgroups_(limit ? WorkerCgroups::divide(own_group(), workers, limit) : std::nullopt),
      own_events_(own_events()),
      workers_(workers),
      oom_kills_(workers) {
  for (unsigned i = 0; i < workers; ++i) oom_kills_[i] = oom_kills(static_cast<WorkerIndex>(i));
}

std::string WorkerMemory::means() const {
  if (!limit_) return "workers' memory is not limited";
  return cgroups_ ? "workers' memory is limited by a control group for each"
                  : "workers' memory is watched ten times a second; no control group was delegated";
}

void WorkerMemory::adopt(WorkerIndex worker, pid_t pid) {
  workers_[number(worker)].size = 0;
  restore_limit(worker, pid);
  workers_[number(worker)].growth.begin_life();
  if (cgroups_) cgroups_->adopt(worker, pid);
  make_expendable(pid);
  if (limit_) cap_address_space(pid, *limit_);
}

void WorkerMemory::raise_limit(WorkerIndex worker, pid_t pid, std::uint64_t raised) {
  if (!limit_ || raised <= *limit_) return;
  workers_[number(worker)].raised_limit = raised;
  enforce(worker, pid, raised);
}

void WorkerMemory::restore_limit(WorkerIndex worker, pid_t pid) {
  if (std::exchange(workers_[number(worker)].raised_limit, std::nullopt)) enforce(worker, pid, *limit_);
}

void WorkerMemory::enforce(WorkerIndex worker, pid_t pid, std::uint64_t limit) {
  if (cgroups_) cgroups_->limit(worker, limit);
  if (pid > 0) cap_address_space(pid, limit);
}

bool WorkerMemory::exceeds_limit(WorkerIndex worker, pid_t pid) {
  const std::uint64_t size = private_bytes(pid);
  if (size > 0) workers_[number(worker)].size = size;
  return limit_ && size > workers_[number(worker)].raised_limit.value_or(*limit_);
}

bool WorkerMemory::has_grown(WorkerIndex worker, pid_t pid) {
  GrowthPolicy& policy = workers_[number(worker)].growth;
  return growth_ > 0 && policy.is_due() && policy.grown(private_bytes(pid), growth_);
}

std::uint64_t WorkerMemory::oom_kills(WorkerIndex worker) const {
  if (cgroups_) return cgroups_->oom_kills(worker);
  return own_events_.empty() ? 0 : oom_kills_in(own_events_);
}

bool WorkerMemory::killed_by_kernel(WorkerIndex worker) {
  std::uint64_t& seen = oom_kills_[cgroups_ ? number(worker) : 0];
  const std::uint64_t now = oom_kills(worker);
  if (now <= seen) return false;
  // In our own group each count is one victim; we may not have seen the deaths of further victims yet.
  seen = cgroups_ ? now : seen + 1;
  return true;
}

void limit_file_size(pid_t pid, std::uint64_t bytes) noexcept {
  rlimit limit{};
  if (::prlimit(pid, RLIMIT_FSIZE, nullptr, &limit) != 0) return;
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, bytes);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  ::prlimit(pid, RLIMIT_FSIZE, &limit, nullptr);
}

std::uint64_t private_bytes(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::uint64_t shared = 0;
  if (!(file >> size >> resident >> shared)) return 0;
  return (resident - std::min(shared, resident)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace wm
