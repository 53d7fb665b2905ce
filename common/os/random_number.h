#pragma once

// A number that nobody can guess.

#include <cstdint>
#include <random>

namespace wm {

/// From the kernel's generator. May be called from any thread. Throws std::exception when there is none.
[[nodiscard]] inline std::uint64_t random_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace wm
