#pragma once

// epoll with callbacks. One thread. Every watch has its own number, so an event for a descriptor that was
// closed and reused in the same turn is ignored instead of reaching the wrong callback.

#include <chrono>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "common/os/unique_fd.h"

namespace wm {

class EventLoop {
 public:
  enum class WatchId : std::uint64_t {};

  /// Throws std::system_error.
  EventLoop();

  /// Calls `on_readable` in wait() whenever `fd` is readable or hung up. The descriptor is borrowed and must
  /// be unwatched before it is closed. Throws std::system_error.
  WatchId watch(int fd, std::function<void()> on_readable);
  void unwatch(WatchId id, int fd) noexcept;

  /// One wait: its duration, and the time between the end of the previous wait and its beginning.
  struct Turn {
    std::chrono::nanoseconds waited{0};
    std::chrono::nanoseconds busy{0};
  };
  /// Called after each wait, before the callbacks of its events.
  void on_wake(std::function<void(const Turn&)> call) { on_wake_ = std::move(call); }

  /// The time since the last wait ended, or since restart_busy(): the next Turn's `busy` so far.
  [[nodiscard]] std::chrono::nanoseconds busy() const { return std::chrono::steady_clock::now() - woke_; }
  void restart_busy() { woke_ = std::chrono::steady_clock::now(); }

  /// Waits for events and runs their callbacks, which may watch and unwatch.
  void wait(std::chrono::milliseconds at_most);

 private:
  UniqueFd epoll_;
  std::uint64_t next_id_ = 1;
  std::unordered_map<std::uint64_t, std::function<void()>> callbacks_;
  std::function<void(const Turn&)> on_wake_;
  std::chrono::steady_clock::time_point woke_ = std::chrono::steady_clock::now();
};

}  // namespace wm
