#include "supervisor/run/segment_repair.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <set>

namespace wm {

void SegmentRepair::advance() {
  if (!needed()) return;
  if (!active_) begin();
  if (parts_.pool.alive() > 0 || parts_.pool.draining() > 0) return;
  take_everything_back();
  parts_.segment.header().stopping.store(0);
  parts_.segment.header().claim_hint.store(0);
  parts_.pool.hold_starts(false);
  active_ = false;
}

void SegmentRepair::begin() {
  parts_.log.log(LogLevel::critical, "the shared memory is damaged; all workers are started again");
  active_ = true;
  parts_.pool.hold_starts(true);
  parts_.pool.kill_all(KillReason::damage);
}

/// The slots may contain anything; the statuses of the dead workers still name their tasks, unless they were
/// overwritten, too. Without them, the oldest tasks are suspected: each worker had one at most, and workers
/// take the oldest first.
void SegmentRepair::take_everything_back() {
  std::set<std::uint64_t> in_statuses;
  for (unsigned i = 0; i < parts_.pool.size(); ++i) {
    in_statuses.insert(
        parts_.segment.status(static_cast<WorkerIndex>(i)).task.load(std::memory_order_relaxed));
  }
  auto all_returned = parts_.dispatcher.sweep_all();
  std::ranges::move(parts_.outcomes.take_contested(), std::back_inserter(all_returned));
  std::ranges::sort(all_returned, {}, [](const auto& returned) { return returned.assignment.ticket; });
  const auto in_status = [&](const Dispatcher::Returned& returned) {
    return returned.claimed && in_statuses.contains(number(returned.assignment.task.id));
  };
  const bool statuses_know = std::ranges::any_of(all_returned, in_status);
  unsigned guesses = parts_.pool.size();
  bool somebody_is_charged = false;
  for (const Dispatcher::Returned& returned : all_returned) {
    const bool suspect = statuses_know ? in_status(returned) : returned.claimed && guesses > 0;
    if (!parts_.outcomes.take_back_after_damage(returned, suspect)) continue;
    if (!statuses_know) --guesses;
    somebody_is_charged = true;
  }
  parts_.outcomes.forget_announced();
  // Otherwise, damage that no file can be blamed for would be repaired for ever.
  if (!somebody_is_charged && !parts_.state.stopping())
    parts_.restarts.after_death(WorkerIndex{}, DeathBlame::worker);
}

}  // namespace wm
