#pragma once

// The time of day as one number. May be called from any thread.

#include <time.h>

#include <cstdint>

namespace wm {

/// CLOCK_REALTIME now, in nanoseconds since the epoch.
[[nodiscard]] inline std::int64_t realtime_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace wm
