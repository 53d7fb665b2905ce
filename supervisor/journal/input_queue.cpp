#include "supervisor/journal/input_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wm {
namespace {

constexpr std::size_t max_queued = 1024;
constexpr std::size_t largest_turn = 256;
constexpr std::size_t max_suspects = 65536;

}  // namespace

bool InputQueue::has_room() const noexcept {
  return inputs_.size() < max_queued;
}

bool InputQueue::begin_turn() {
  if (!turn_.empty()) return false;
  const auto count = static_cast<std::ptrdiff_t>(std::min(inputs_.size(), turn_limit_));
  turn_limit_ = std::min(2 * turn_limit_, largest_turn);
  std::move(inputs_.begin(), inputs_.begin() + count, std::back_inserter(turn_));
  inputs_.erase(inputs_.begin(), inputs_.begin() + count);
  turn_size_ = turn_.size();
  return inputs_.size() <= max_queued / 2;
}

void InputQueue::end_turn() {
  turn_size_ = turn_.size();
  if (ended_ && size() == 0 && !suspects_.empty()) {
    inputs_ = std::exchange(suspects_, {});
    suspects_released_ = true;
  }
}

bool InputQueue::suspects_may_wait() const noexcept {
  return !suspects_released_ && suspects_.size() < max_suspects;
}

void InputQueue::postpone() {
  suspects_.push_back(std::move(turn_.front()));
  turn_.pop_front();
}

}  // namespace wm
