#pragma once

// A steady clock that stands still while this process does: stopped by Ctrl-Z or SIGSTOP, in a frozen control
// group or a paused virtual machine. (While the machine is suspended, CLOCK_MONOTONIC stands still by
// itself.) Everything that measures how long a picture, a worker or the job takes uses it, so that such time
// is nobody's.

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
  static constexpr bool is_steady = true;  // except for what is read before leave_out() hears of a pause

  /// May be called from any thread.
  [[nodiscard]] static time_point now() noexcept {
    const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
    return time_point(since_start - duration(left_out.load(std::memory_order_relaxed)));
  }

  /// The process stood still for so long and runs again.
  static void leave_out(duration pause) noexcept {
    left_out.fetch_add(pause.count(), std::memory_order_relaxed);
  }

 private:
  static inline std::atomic<rep> left_out{0};
};

/// How long the process stood still, as far as the event loop can tell. `waited`: what its last wait took;
/// `expected`: what it should have taken at most, since a timer ends it. `busy`: what it did between the wait
/// before and this one. `continued`: SIGCONT has come, so that it was stopped in one of the two. Without
/// SIGCONT only a wait that is much too long counts: a busy machine makes all waits a little longer. Pure.
[[nodiscard]] constexpr std::chrono::nanoseconds suspended_for(std::chrono::nanoseconds waited,
                                                               std::chrono::nanoseconds expected,
                                                               std::chrono::nanoseconds busy,
                                                               bool continued) {
  constexpr std::chrono::nanoseconds zero{0};
  const auto too_long = waited > expected ? waited - expected : zero;
  if (!continued) return too_long > std::chrono::seconds(1) ? too_long : zero;
  // No work of one turn takes that long unless it was interrupted.
  return too_long + (busy > std::chrono::milliseconds(500) ? busy : zero);
}

}  // namespace wm
