#pragma once

// The supervisor's side of the memory that all workers share: reads requests from the worker statuses, lets
// the budget decide, and writes the answers. The authoritative state is in private memory: a status that
// contradicts it is rewritten, and a request that matches no task in progress is ignored. Main thread.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/os/event_fd.h"
#include "common/segment/mapped_segment.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/dispatch/memory_budget.h"

namespace wm {

class MemoryGranter {
 public:
  /// Called with each grant before its worker gets it: the number of bytes that its task may hold from now
  /// on.
  using OnGrant = std::function<void(WorkerIndex, std::uint64_t)>;
  /// Called when a grant has ended without end_task() and end_worker().
  using OnEnd = std::function<void(WorkerIndex)>;

  /// Borrows `segment` and `wake_ups`, one for each worker. All amounts are in bytes; an allowance of 0 means
  /// that workers do not ask. Our workers never ask for more than `most` (0: no bound), so a larger request
  /// is a forgery.
  MemoryGranter(const MappedSegment& segment, std::span<const EventFd> wake_ups,
                const MemoryBudget::Shares& shares, std::uint64_t most);

  void serve(Dispatcher& dispatcher, const OnGrant& on_grant, const OnEnd& on_end);

  /// The task with this ticket has ended. True: it had a grant.
  bool end_task(WorkerIndex worker, std::uint64_t ticket);
  void end_worker(WorkerIndex worker) { budget_.end(worker); }

  [[nodiscard]] bool waits(WorkerIndex worker) const { return budget_.waits(worker); }
  [[nodiscard]] bool somebody_waits() const noexcept { return budget_.somebody_waits(); }

 private:
  void end_grants_without_task(Dispatcher& dispatcher, const OnEnd& on_end);
  void read_requests(Dispatcher& dispatcher);
  void answer(const MemoryBudget::Grant& grant);

  const MappedSegment& segment_;
  std::span<const EventFd> wake_ups_;
  MemoryBudget budget_;  // in mebibytes
  std::uint64_t most_;   // mebibytes
};

}  // namespace wm
