#pragma once

// Tasks that took their workers down and have one attempt left. That one runs with nothing else in work: a
// neighbour's crash, or the memory that neighbours take, must not cost a file its last chance. They wait
// until the other files are done, or until they are many. Pure; main thread.

#include <cstddef>
#include <deque>
#include <utility>

#include "supervisor/dispatch/dispatcher.h"

namespace wm {

/// Whether the attempt that comes next is such a one.
[[nodiscard]] constexpr bool runs_alone(std::uint32_t attempt, unsigned retries) {
  return attempt > 1 && attempt > retries;
}

class LastAttempts {
 public:
  /// So many do not wait any longer.
  static constexpr std::size_t many = 64;

  void add(Assignment assignment) { waiting_.push_back(std::move(assignment)); }
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }

  /// Whether nothing else may be handed out now. `others`: there are other files to do.
  [[nodiscard]] bool take_turn(bool others) noexcept {
    if (waiting_.empty()) {
      their_turn_ = false;
    } else if (!others || waiting_.size() >= many) {
      their_turn_ = true;
    }
    return their_turn_;
  }
  /// The next one; only when nothing is in work.
  [[nodiscard]] Assignment next() {
    Assignment assignment = std::move(waiting_.front());
    waiting_.pop_front();
    return assignment;
  }
  /// All of them; the run stops.
  [[nodiscard]] std::deque<Assignment> withdraw() { return std::exchange(waiting_, {}); }

 private:
  std::deque<Assignment> waiting_;
  bool their_turn_ = false;
};

}  // namespace wm
