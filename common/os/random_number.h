#pragma once

// An unpredictable number.

#include <cstdint>
#include <random>

namespace wm {

/// From the kernel's generator. May be called from any thread. Throws std::exception when it is not
/// available.
[[nodiscard]] inline std::uint64_t random_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace wm
