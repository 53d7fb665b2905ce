#include "supervisor/run/memory_control.h"

#include <csignal>

#include "supervisor/pool/death_words.h"
#include "supervisor/pool/memory_limit.h"

namespace wm {
namespace {

/// A debugger around a worker needs additional memory, so only an explicit limit applies to it.
std::optional<std::uint64_t> limit_of_worker(const JobSettings& settings, unsigned workers) {
  const bool by_default = settings.run.memory_limit.kind == MemoryLimit::Kind::automatic;
  if (by_default && settings.debug.tool_worker) return std::nullopt;
  return memory_limit_of_worker(settings.run.memory_limit, workers);
}

}  // namespace

MemoryControl::MemoryControl(const JobSettings& settings, const MemoryDivision& division,
                             const MappedSegment& segment, const WorkerLauncher& launcher)
    : limit_is_the_users_(settings.run.memory_limit.kind != MemoryLimit::Kind::automatic),
      max_output_(settings.run.max_output),
      limit_(limit_of_worker(settings, segment.shape().workers)),
      for_workers_(division.budget.total),
      workers_(segment.shape().workers, limit_, settings.run.recycle_growth),
      grants_(segment, launcher.space(), division.budget, division.worker.most) {}

void MemoryControl::adopt(WorkerIndex worker, pid_t pid) {
  workers_.adopt(worker, pid);
  if (max_output_) limit_file_size(pid, *max_output_);
}

void MemoryControl::serve(Dispatcher& dispatcher, const WorkerPool& pool) {
  const auto on_grant = [&](WorkerIndex worker, std::uint64_t bytes) {
    // A limit that the user has set holds for every picture.
    if (limit_is_the_users_) return;
    workers_.raise_limit(worker, pool.pid(worker), raised_memory_limit(bytes, for_workers_));
  };
  const auto on_end = [&](WorkerIndex worker) { workers_.restore_limit(worker, pool.pid(worker)); };
  grants_.serve(dispatcher, on_grant, on_end);
}

void MemoryControl::end_task(WorkerIndex worker, pid_t pid, std::uint64_t ticket) {
  if (grants_.end_task(worker, ticket)) workers_.restore_limit(worker, pid);
}

void MemoryControl::complete(WorkerDeath& death) {
  death.bytes = workers_.last_size(death.worker);
  death.out_of_memory = death.signal == SIGKILL && !death.killed && workers_.killed_by_kernel(death.worker);
}

MemoryShortage MemoryControl::shortage_of(const WorkerDeath& death) const {
  if (kind_of(death) != FailureKind::out_of_memory) return MemoryShortage::none;
  // If the worker has its own control group, the kernel enforces the worker's own limit.
  const bool its_own_limit = death.killed == KillReason::memory || workers_.has_groups();
  return its_own_limit ? MemoryShortage::of_worker : MemoryShortage::of_machine;
}

}  // namespace wm
