#pragma once

// Finds workers that hang without a task, such as one that was stopped between two files: no deadline applies
// to them. A pure decision: the caller passes the observations of each tick.

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "supervisor/event/active_clock.h"

namespace wm {

class IdlePolicy {
 public:
  using Clock = ActiveClock;
  /// A worker looks for tasks at least once a second.
  static constexpr std::chrono::seconds shortest{2}, longest{5};

  explicit IdlePolicy(unsigned workers) : idle_since_(workers) {}

  /// It is working, is waiting for a legitimate reason, or has no task that it could take.
  void excuse(std::size_t worker) noexcept { idle_since_[worker].reset(); }

  /// It has no task although some are ready. True: for too long.
  [[nodiscard]] bool hangs(std::size_t worker, Clock::time_point now, std::chrono::nanoseconds deadline) {
    auto& since = idle_since_[worker];
    if (!since) since = now;
    return now - *since >= std::clamp<std::chrono::nanoseconds>(deadline, shortest, longest);
  }

 private:
  std::vector<std::optional<Clock::time_point>> idle_since_;
};

}  // namespace wm
