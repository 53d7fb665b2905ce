#pragma once

// A steady clock that stands still while this process does: stopped by Ctrl-Z or SIGSTOP, in a frozen control
// group or a paused virtual machine. (While the machine is suspended, CLOCK_MONOTONIC itself stands still.)
// All measurements of how long a picture, a worker or the job takes use it, so that such time is not counted.

#include <atomic>
#include <chrono>

namespace wm {

struct ActiveClock {
  // NOLINTBEGIN(readability-identifier-naming): the standard's names of a clock's members
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<ActiveClock>;
  // NOLINTEND(readability-identifier-naming)
  static constexpr bool is_steady = true;  // except for times read before leave_out() is called for a pause

  /// May be called from any thread.
  [[nodiscard]] static time_point now() noexcept {
    const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
    return time_point(since_start - duration(left_out.load(std::memory_order_relaxed)));
  }

  /// Call it when the process runs again after standing still for so long.
  static void leave_out(duration pause) noexcept {
    left_out.fetch_add(pause.count(), std::memory_order_relaxed);
  }

 private:
  static inline std::atomic<rep> left_out{0};
};

/// How long the process stood still, as far as the event loop can detect. `waited`: the duration of its last
/// wait; `expected`: the longest that it should have taken, since a timer ends it. `busy`: the time between
/// the previous wait and this one. `continued`: SIGCONT has arrived, so the process was stopped during one of
/// the two. Without SIGCONT only a wait that is much too long counts: on a busy machine all waits take a
/// little longer. Pure.
[[nodiscard]] constexpr std::chrono::nanoseconds suspended_for(std::chrono::nanoseconds waited,
                                                               std::chrono::nanoseconds expected,
                                                               std::chrono::nanoseconds busy,
                                                               bool continued) {
  constexpr std::chrono::nanoseconds zero{0};
  const auto too_long = waited > expected ? waited - expected : zero;
  if (!continued) return too_long > std::chrono::seconds(1) ? too_long : zero;
  // The work of one turn takes that long only if it was interrupted.
  return too_long + (busy > std::chrono::milliseconds(500) ? busy : zero);
}

}  // namespace wm
