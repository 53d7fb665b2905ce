#pragma once

// Sums of counts that anybody may have written. Pure.

#include <cstdint>

namespace wm {

/// Stays at the greatest number rather than begin again at 0.
inline void increase(std::uint64_t& sum, std::uint64_t by) noexcept {
  if (__builtin_add_overflow(sum, by, &sum)) sum = UINT64_MAX;
}

}  // namespace wm
