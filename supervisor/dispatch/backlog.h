#pragma once

// The order in which tasks are handed out: first those that were never tried; then, alongside others, those
// whose worker died or exceeded its limits; at the very end, one by one with nothing else in progress, the
// last attempts that would not be fair alongside others. So a series of bad pictures never holds up good
// ones, and no worker is idle while another task could be tried. Pure; main thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>

#include "supervisor/dispatch/dispatcher.h"

namespace wm {

/// Whether tasks that were never tried may still arrive from elsewhere.
enum class Supply : std::uint8_t {
  flowing,  // some are on their way
  stalled,  // none now, perhaps later: a list that comes through a slow pipe
  ended,
};

class Backlog {
 public:
  /// At most this many wait for the end of the supply; each further one lets one be handed out earlier,
  /// alongside others. This bounds memory.
  static constexpr std::size_t most_waiting = 4096;

  explicit Backlog(unsigned retries) : retries_(retries) {}

  void add(Assignment assignment) {
    if (assignment.task.attempt <= 1) {
      untried_.push_back(std::move(assignment));
    } else if (assignment.needs_all && assignment.task.attempt > retries_ && alone_.size() < most_waiting) {
      alone_.push_back(std::move(assignment));
    } else {
      again_.push_back(std::move(assignment));
    }
  }

  [[nodiscard]] bool empty() const noexcept { return untried_.empty() && again_.empty() && alone_.empty(); }
  /// How many were never tried.
  [[nodiscard]] std::size_t untried() const noexcept { return untried_.size(); }

  /// The next one to hand out; none: wait. `in_progress`: tasks handed out and not finished.
  [[nodiscard]] std::optional<Assignment> next(Supply supply, std::size_t in_progress, unsigned workers) {
    if (again_.size() > most_waiting) return take(again_);
    if (!untried_.empty()) return take(untried_);
    const bool may_repeat = supply == Supply::ended || (supply == Supply::stalled && in_progress < workers);
    if (!again_.empty()) return may_repeat ? take(again_) : std::nullopt;
    if (!alone_.empty() && supply == Supply::ended && in_progress == 0) return take(alone_);
    return std::nullopt;
  }

  /// Removes and returns all tasks, because the run stops.
  [[nodiscard]] std::deque<Assignment> withdraw() {
    std::deque<Assignment> all = std::exchange(untried_, {});
    for (auto* const others : {&again_, &alone_}) {
      std::move(others->begin(), others->end(), std::back_inserter(all));
      others->clear();
    }
    return all;
  }

 private:
  [[nodiscard]] static std::optional<Assignment> take(std::deque<Assignment>& queue) {
    std::optional<Assignment> first = std::move(queue.front());
    queue.pop_front();
    return first;
  }

  unsigned retries_;
  std::deque<Assignment> untried_;
  std::deque<Assignment> again_;
  std::deque<Assignment> alone_;
};

}  // namespace wm
