#pragma once

// How often --wait-lock looks whether the job is free. Pure.

#include <algorithm>
#include <chrono>

namespace wm {

/// Until the next look, after so long a wait. A look costs the file server some writes, and many may wait: so
/// they look seldom once they have waited for long.
[[nodiscard]] constexpr std::chrono::milliseconds pause_between_looks(std::chrono::milliseconds waited) {
  constexpr std::chrono::milliseconds shortest{250};
  constexpr std::chrono::milliseconds longest{10'000};
  constexpr int part_of_wait = 10;
  return std::clamp(waited / part_of_wait, shortest, longest);
}

}  // namespace wm
