#pragma once

// How long, and for how much, a dead worker's output is read when another process, such as a grandchild,
// holds its pipe open. Pure: times come in. Once no writer is left the pipe is read to its end, and no limit
// counts.

#include <chrono>
#include <cstddef>

namespace wm {

class OutputPatience {
 public:
  using Clock = std::chrono::steady_clock;

  /// What a process prints that never ends must neither keep the worker's place nor fill the log.
  struct Limits {
    std::chrono::milliseconds quiet{500};      // without output
    std::chrono::milliseconds longest{10000};  // all in all
    std::size_t bytes = std::size_t{1} << 20;
  };

  explicit OutputPatience(Clock::time_point died) : died_(died), heard_(died) {}

  /// So much was read after `now`.
  void heard(Clock::time_point now, std::size_t bytes) noexcept {
    heard_ = now;
    bytes_ += bytes;
  }

  /// `now`: before the last attempt to read, so that a thread that was not running missed nothing.
  [[nodiscard]] bool is_over(Clock::time_point now, const Limits& limits) const noexcept {
    return now - heard_ >= limits.quiet || now - died_ >= limits.longest || bytes_ >= limits.bytes;
  }

 private:
  Clock::time_point died_;
  Clock::time_point heard_;
  std::size_t bytes_ = 0;
};

}  // namespace wm
