#pragma once

// Corrects the stage times of a worker, which measures them with a clock that keeps running while it is
// stopped. Pure.

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "common/job/outcome.h"

namespace wm {

/// Subtracts a pause, in nanoseconds, during which the task was claimed from its times: from the longest
/// stage first. A task that took less than the pause in total was begun after it and stays unchanged.
inline void take_out(StageTimes& times, std::uint64_t pause) noexcept {
  const auto total = std::accumulate(times.begin(), times.end(), std::uint64_t{0});
  if (total < pause) return;
  while (pause > 0) {
    std::uint64_t& longest = *std::ranges::max_element(times);
    const std::uint64_t part = std::min(longest, pause);
    longest -= part;
    pause -= part;
  }
}

}  // namespace wm
