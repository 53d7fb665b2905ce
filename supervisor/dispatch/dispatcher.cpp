#include "supervisor/dispatch/dispatcher.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/kill_point/kill_point.h"
#include "supervisor/dispatch/stage_pause.h"

namespace wm {

Dispatcher::Dispatcher(TaskQueue queue, unsigned workers)
    : queue_(queue), workers_(workers), slots_(queue.size()), free_(queue.size()) {
  std::iota(free_.begin(), free_.end(), SlotIndex{0});
}

unsigned Dispatcher::results_to_gather() const noexcept {
  const std::size_t begun_at_most = workers_;
  const std::size_t unbegun = held() - std::min(held(), begun_at_most);
  return static_cast<unsigned>(std::max<std::size_t>(1, unbegun / 2));
}

void Dispatcher::place(Assignment assignment) {
  const SlotIndex index = free_.front();
  Slot& slot = slots_[index];
  slot.ticket = assignment.ticket = next_ticket_++;
  queue_.place(index, assignment.task, slot.ticket);
  slot.assignment = std::move(assignment);
  slot.claimed_since.reset();
  slot.suspended = {};
  free_.pop_front();
}

/// The slot's word if it is plausible; otherwise notes the damage.
std::optional<SlotWord> Dispatcher::look(SlotIndex index) {
  const auto word = queue_.look(index);
  const bool has_owner = word && (word->state == SlotState::claimed || word->state == SlotState::done);
  if (!word || word->state == SlotState::free || word->ticket != slots_[index].ticket ||
      (has_owner && number(word->worker) >= workers_)) {
    damaged_ = true;
    return std::nullopt;
  }
  return word;
}

Assignment Dispatcher::take_back(SlotIndex index) {
  queue_.release(index);
  free_.push_back(index);
  return *std::exchange(slots_[index].assignment, std::nullopt);
}

void Dispatcher::collect(const OnOutcome& on_outcome) {
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].assignment) continue;
    const auto word = look(index);
    if (word && word->state == SlotState::claimed && !slots_[index].claimed_since) {
      slots_[index].claimed_since = Clock::now();
    }
    if (!word || word->state != SlotState::done) continue;
    auto outcome = queue_.result(index, word->ticket);
    if (!outcome) {
      damaged_ = true;
      continue;
    }
    kill_point(KillPoint::collect_read);
    take_out(outcome->stage_ns, static_cast<std::uint64_t>(slots_[index].suspended.count()));
    on_outcome(take_back(index), word->worker, std::move(*outcome));
  }
}

std::vector<Dispatcher::Returned> Dispatcher::sweep(WorkerIndex dead) {
  std::vector<Returned> swept;
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].assignment) continue;
    const auto word = look(index);
    if (!word || word->state != SlotState::claimed || word->worker != dead) continue;
    const auto since = slots_[index].claimed_since;
    swept.push_back({take_back(index), since, true});
  }
  return swept;
}

std::vector<Dispatcher::InWork> Dispatcher::in_work(Clock::time_point now) {
  std::vector<InWork> found;
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    Slot& slot = slots_[index];
    if (!slot.assignment) continue;
    const auto word = look(index);
    if (!word || word->state != SlotState::claimed) continue;
    if (!slot.claimed_since) slot.claimed_since = now;
    found.push_back({word->worker, slot.ticket, *slot.claimed_since, &*slot.assignment});
  }
  return found;
}

std::optional<WorkerIndex> Dispatcher::holder_of(std::uint64_t ticket) {
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].assignment || slots_[index].ticket != ticket) continue;
    const auto word = look(index);
    if (word && word->state == SlotState::claimed) return word->worker;
  }
  return std::nullopt;
}

void Dispatcher::forgive(std::uint64_t ticket, Clock::duration pause) noexcept {
  for (Slot& slot : slots_) {
    if (slot.ticket == ticket && slot.claimed_since) *slot.claimed_since += pause;
  }
}

void Dispatcher::note_suspension(Clock::duration pause) {
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].assignment) continue;
    const auto word = queue_.look(index);
    // A worker that resumed before us may already have finished it.
    if (word && word->state != SlotState::ready) slots_[index].suspended += pause;
  }
}

bool Dispatcher::has_unclaimed() const noexcept {
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].assignment) continue;
    const auto word = queue_.look(index);
    if (word && word->state == SlotState::ready) return true;
  }
  return false;
}

std::vector<Assignment> Dispatcher::withdraw_unclaimed() {
  std::vector<Assignment> withdrawn;
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (slots_[index].assignment && queue_.withdraw(index, slots_[index].ticket)) {
      withdrawn.push_back(take_back(index));
    }
  }
  return withdrawn;
}

std::vector<Dispatcher::Returned> Dispatcher::sweep_all() {
  std::vector<Returned> swept;
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].assignment) {
      queue_.release(index);
      continue;
    }
    const auto word = queue_.look(index);
    const bool untouched = word && word->state == SlotState::ready && word->ticket == slots_[index].ticket;
    const auto since = slots_[index].claimed_since;
    swept.push_back({take_back(index), since, !untouched});
  }
  damaged_ = false;
  return swept;
}

}  // namespace wm
