#include "supervisor/run/task_supply.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "common/kill_point/kill_point.h"

namespace wm {

void TaskSupply::take_admissions() {
  for (Admission& admission : parts_.journal.take()) {
    if (admission.kind != Admission::Kind::run) {
      parts_.recorder.take_settled(admission);
      continue;
    }
    demanded_ -= std::min<std::size_t>(demanded_, 1);
    ++admitted_;
    add(std::move(admission.assignment));
  }
}

void TaskSupply::put_back(Assignment assignment) {
  if (assignment.task.may_be_own == MayBeOwn::no) assignment.task.may_be_own = MayBeOwn::whole;
  add(std::move(assignment));
}

void TaskSupply::add(Assignment assignment) {
  if (parts_.state.stopping()) {
    parts_.recorder.take_withdrawn(assignment);
  } else {
    backlog_.add(std::move(assignment));
  }
}

void TaskSupply::withdraw() {
  for (const Assignment& assignment : parts_.dispatcher.withdraw_unclaimed())
    parts_.recorder.take_withdrawn(assignment);
  for (const Assignment& assignment : backlog_.withdraw()) parts_.recorder.take_withdrawn(assignment);
}

Supply TaskSupply::supply() const {
  if (parts_.journal.exhausted()) return Supply::ended;
  return parts_.journal.has_nothing_now() && !parts_.feed.totals() ? Supply::stalled : Supply::flowing;
}

void TaskSupply::refill() {
  std::size_t placed = 0;
  // Tasks are handed out once a worker has shown that it can start.
  while (parts_.state.worker_was_ready() && !backlog_.empty() && parts_.dispatcher.free_slots() > 0) {
    const Supply others = backlog_.untried() > 0 ? Supply::flowing : supply();
    auto assignment = backlog_.next(others, parts_.dispatcher.held(), parts_.pool.size());
    if (!assignment) break;
    parts_.dispatcher.place(std::move(*assignment));
    ++placed;
  }
  if (placed > 0) {
    parts_.state.note_handed_out(RunState::Clock::now());
    wake_workers(placed);
  }
  ask_for_more();
}

void TaskSupply::wake_workers(std::size_t placed) const {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the slots are READY before `waiting` is read
  std::uint64_t asleep = 0;
  for (unsigned i = 0; i < parts_.pool.size() && asleep < placed; ++i) {
    const WorkerStatus& status = parts_.segment.status(static_cast<WorkerIndex>(i));
    if (status.waiting.load(std::memory_order_seq_cst) != 0) ++asleep;
  }
  if (asleep > 0) parts_.launcher.ready().post(asleep);
  kill_point(KillPoint::place_woken);
}

void TaskSupply::ask_for_more() {
  const std::size_t wanted = parts_.segment.shape().slots;
  const std::size_t held = parts_.dispatcher.held();
  const std::size_t have = backlog_.untried() + demanded_ + held;
  if (have >= wanted) return;
  const bool workers_may_run_dry = held < std::size_t{2} * parts_.pool.size();
  if (wanted - have < wanted / 4 && !workers_may_run_dry) return;
  parts_.journal.demand(wanted - have);
  demanded_ += wanted - have;
}

}  // namespace wm
