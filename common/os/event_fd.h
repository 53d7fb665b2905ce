#pragma once

// A wake-up counter of the kernel (eventfd). Posting and taking never block.

#include <cstdint>

#include "common/os/unique_fd.h"

namespace wm {

class EventFd {
 public:
  enum class Kind { counter, semaphore };

  /// Throws std::system_error.
  static EventFd create(Kind kind);
  /// Takes over a descriptor that was inherited over exec.
  static EventFd adopt(int fd) { return EventFd(UniqueFd(fd)); }

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  /// Adds `count`. Failure is ignored: it means that the counter is full, and a full counter wakes just as
  /// well.
  void post(std::uint64_t count = 1) const noexcept;
  /// Resets a counter to zero, decrements a semaphore by one. False when it was already zero.
  bool take() const noexcept;

 private:
  explicit EventFd(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace wm
