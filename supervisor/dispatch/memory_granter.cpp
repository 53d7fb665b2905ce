#include "supervisor/dispatch/memory_granter.h"

#include "common/kill_point/kill_point.h"
#include "common/segment/memory_request.h"

namespace wm {

MemoryGranter::MemoryGranter(const MappedSegment& segment, std::span<const EventFd> wake_ups,
                             const MemoryBudget::Shares& shares, std::uint64_t most)
    : segment_(segment),
      wake_ups_(wake_ups),
      budget_({.total = shares.total >> 20U, .allowance = shares.allowance >> 20U}, segment.shape().workers),
      most_(most > 0 ? mebibytes_of(most) : most_mebibytes) {}

void MemoryGranter::serve(Dispatcher& dispatcher, const OnGrant& on_grant, const OnEnd& on_end) {
  end_grants_without_task(dispatcher, on_end);
  read_requests(dispatcher);
  for (const MemoryBudget::Grant& grant : budget_.grant()) {
    on_grant(grant.worker, grant.amount << 20U);
    answer(grant);
  }
}

/// A worker that puts another one's number on its result would otherwise keep its grant.
void MemoryGranter::end_grants_without_task(Dispatcher& dispatcher, const OnEnd& on_end) {
  for (unsigned i = 0; i < segment_.shape().workers; ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    const auto granted = budget_.granted(worker);
    if (!granted || dispatcher.holder_of(granted->ticket) == worker) continue;
    budget_.end(worker);
    on_end(worker);
  }
}

void MemoryGranter::read_requests(Dispatcher& dispatcher) {
  for (unsigned i = 0; i < segment_.shape().workers; ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    const std::uint64_t word = segment_.status(worker).memory_wanted.load(std::memory_order_acquire);
    if (word == 0) continue;
    const MemoryRequest request = unpack_memory_request(word);
    if (request.mebibytes > most_) continue;
    const auto granted = budget_.granted(worker);
    if (granted && granted->ticket == request.ticket && granted->amount == request.mebibytes) {
      // It asks again for what it has: the answer was lost or overwritten.
      if (segment_.status(worker).memory_granted.load(std::memory_order_relaxed) != word) answer(*granted);
    } else if (dispatcher.holder_of(request.ticket) == worker) {
      budget_.ask(worker, request.ticket, request.mebibytes);
    }
  }
}

void MemoryGranter::answer(const MemoryBudget::Grant& grant) {
  segment_.status(grant.worker)
      .memory_granted.store(pack(MemoryRequest{.ticket = grant.ticket, .mebibytes = grant.amount}),
                            std::memory_order_release);
  kill_point(KillPoint::grant_stored);
  wake_ups_[number(grant.worker)].post();
}

bool MemoryGranter::end_task(WorkerIndex worker, std::uint64_t ticket) {
  if (number(worker) >= segment_.shape().workers) return false;
  const auto granted = budget_.granted(worker);
  budget_.end(worker, ticket);
  return granted && granted->ticket == ticket;
}

}  // namespace wm
