#pragma once

// A periodic timer of the kernel (timerfd). Main thread.

#include <chrono>

#include "common/os/unique_fd.h"

namespace wm {

class Ticker {
 public:
  /// Throws std::system_error.
  explicit Ticker(std::chrono::milliseconds period);
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Call it when the descriptor is readable.
  void take() const noexcept;

 private:
  UniqueFd fd_;
};

}  // namespace wm
