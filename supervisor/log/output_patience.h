#pragma once

// How long a dead worker's output is waited for when another process, such as a grandchild, holds its pipe
// open. Pure: times come in. Once no writer is left the pipe is read to its end, and no time counts.

#include <chrono>

namespace wm {

class OutputPatience {
 public:
  using Clock = std::chrono::steady_clock;

  /// Without output.
  static constexpr auto quiet = std::chrono::milliseconds(500);
  /// All in all: what a process prints that never ends must not keep the worker's place.
  static constexpr auto longest = std::chrono::seconds(10);

  explicit OutputPatience(Clock::time_point died) : died_(died), heard_(died) {}

  /// Something was read after `now`.
  void heard(Clock::time_point now) noexcept { heard_ = now; }

  /// `now`: before the last attempt to read, so that a thread that was not running missed nothing.
  [[nodiscard]] bool is_over(Clock::time_point now) const noexcept {
    return now - heard_ >= quiet || now - died_ >= longest;
  }

 private:
  Clock::time_point died_;
  Clock::time_point heard_;
};

}  // namespace wm
