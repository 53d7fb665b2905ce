#include "supervisor/dispatch/dispatcher.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace wm {

Dispatcher::Dispatcher(TaskQueue queue) : queue_(queue), slots_(queue.size()), free_(queue.size()) {
  std::iota(free_.begin(), free_.end(), SlotIndex{0});
}

void Dispatcher::place(Assignment assignment) {
  const SlotIndex index = free_.front();
  Slot& slot = slots_[index];
  slot.ticket = next_ticket_++;
  queue_.place(index, assignment.task, slot.ticket);
  slot.assignment = std::move(assignment);
  slot.claimed_since.reset();
  free_.pop_front();
}

/// The slot's word if it can be true.
std::optional<SlotWord> Dispatcher::look(SlotIndex index) {
  const auto word = queue_.look(index);
  if (!word || word->state == SlotState::free || word->ticket != slots_[index].ticket) {
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
    if (!word || word->state != SlotState::done) continue;
    auto outcome = queue_.result(index);
    if (!outcome) {
      damaged_ = true;
      continue;
    }
    on_outcome(take_back(index), word->worker, std::move(*outcome));
  }
}

std::vector<Assignment> Dispatcher::sweep(WorkerIndex dead) {
  std::vector<Assignment> swept;
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].assignment) continue;
    const auto word = look(index);
    if (word && word->state == SlotState::claimed && word->worker == dead) swept.push_back(take_back(index));
  }
  return swept;
}

const Assignment* Dispatcher::working_on(WorkerIndex worker) const {
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].assignment) continue;
    const auto word = queue_.look(index);
    if (word && word->state == SlotState::claimed && word->worker == worker)
      return &*slots_[index].assignment;
  }
  return nullptr;
}

std::vector<WorkerIndex> Dispatcher::overdue(Clock::time_point now, Clock::duration limit) {
  std::vector<WorkerIndex> late;
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    Slot& slot = slots_[index];
    if (!slot.assignment) continue;
    const auto word = look(index);
    if (!word || word->state != SlotState::claimed) continue;
    if (!slot.claimed_since) slot.claimed_since = now;
    if (now - *slot.claimed_since >= limit) late.push_back(word->worker);
  }
  return late;
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

std::vector<Assignment> Dispatcher::sweep_all() {
  std::vector<Assignment> swept;
  for (SlotIndex index = 0; index < slots_.size(); ++index) {
    if (slots_[index].assignment) swept.push_back(take_back(index));
  }
  damaged_ = false;
  return swept;
}

}  // namespace wm
