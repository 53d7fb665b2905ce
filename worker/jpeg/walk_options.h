#pragma once

// How a splice walks over what stays. The result never depends on it; tests make everything small.

#include <cstddef>

namespace wm::jpeg {

class LaneEntryCache;

struct WalkOptions {
  /// Lanes count in 32 bits, which is enough for so much. The second cache holds it.
  static constexpr std::size_t largest_window = std::size_t{256} * 1024;
  /// Of the scan at a time, at most.
  std::size_t window_bytes = largest_window;
  /// Fewer bits or MCUs are walked over plainly: lanes overlap, and their tables have to be built.
  std::size_t surveyed_bits = std::size_t{128} * 1024;
  std::size_t surveyed_mcus = 64;
  /// What may be used again of the last file; not owned, may be nullptr.
  LaneEntryCache* lane_entries = nullptr;
};

}  // namespace wm::jpeg
