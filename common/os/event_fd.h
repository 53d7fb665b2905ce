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

  /// Adds `count`. A full counter is as good as a posted one, so failure is ignored.
  void post(std::uint64_t count = 1) const noexcept;
  /// A counter is set to zero, a semaphore goes down by one. False when it was zero.
  bool take() const noexcept;

 private:
  explicit EventFd(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace wm
