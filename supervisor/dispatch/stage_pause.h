#pragma once

// A worker measures its stages with a clock that goes on while it is stopped. Pure.

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "common/job/outcome.h"

namespace wm {

/// Takes a pause of so many nanoseconds, in which the task was in hand, out of its times: out of the longest
/// stage first. A task that took less than the pause in all was begun after it.
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
