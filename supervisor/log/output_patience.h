#pragma once

// For how long, and how much of, a dead worker's output is read while another process, such as a grandchild,
// holds its pipe open. Once no writer is left, the pipe is read to its end without limits. Pure: the caller
// passes the time.

#include <chrono>
#include <cstddef>

namespace wm {

class OutputPatience {
 public:
  using Clock = std::chrono::steady_clock;

  /// The output of a process that never ends must neither block the worker's place nor fill the log.
  struct Limits {
    std::chrono::milliseconds quiet{500};      // without output
    std::chrono::milliseconds longest{10000};  // in total
    std::size_t bytes = std::size_t{1} << 20;
  };

  explicit OutputPatience(Clock::time_point died) : died_(died), heard_(died) {}

  /// `bytes` have been read by `now`.
  void heard(Clock::time_point now, std::size_t bytes) noexcept {
    heard_ = now;
    bytes_ += bytes;
  }

  /// `now`: a time before the last attempt to read, so that nothing is missed if this thread was not running.
  [[nodiscard]] bool is_over(Clock::time_point now, const Limits& limits) const noexcept {
    return now - heard_ >= limits.quiet || now - died_ >= limits.longest || bytes_ >= limits.bytes;
  }

 private:
  Clock::time_point died_;
  Clock::time_point heard_;
  std::size_t bytes_ = 0;
};

}  // namespace wm
