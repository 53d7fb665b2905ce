#pragma once

// When this machine was started: what is older was written before.

#include <time.h>

#include <cstdint>

#include "common/os/realtime.h"

namespace wm {

/// Nanoseconds since the epoch, by the clock of now.
[[nodiscard]] inline std::int64_t machine_start_ns() {
  timespec up{};
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  return realtime_ns() - (static_cast<std::int64_t>(up.tv_sec) * 1'000'000'000 + up.tv_nsec);
}

}  // namespace wm
