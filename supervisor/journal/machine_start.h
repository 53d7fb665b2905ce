#pragma once

// When this machine was started: what is older was written before.

#include <time.h>

#include <cstdint>

namespace wm {

/// Nanoseconds since the epoch, by the clock of now.
[[nodiscard]] inline std::int64_t machine_start_ns() {
  timespec now{};
  timespec up{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  return (static_cast<std::int64_t>(now.tv_sec) - up.tv_sec) * 1'000'000'000 + (now.tv_nsec - up.tv_nsec);
}

}  // namespace wm
