#pragma once

// How a splice walks over unchanged MCUs. The result never depends on it; tests make everything small.

#include <cstddef>

namespace wm::jpeg {

class LaneEntryCache;

struct WalkOptions {
  /// Lanes use 32-bit positions, which suffice for this size. It fits into the second-level cache.
  static constexpr std::size_t largest_window = std::size_t{256} * 1024;
  /// Bytes of the scan at a time, at most.
  std::size_t window_bytes = largest_window;
  /// Scans with fewer bits or MCUs are walked over plainly: lanes overlap, and their tables have to be built.
  std::size_t surveyed_bits = std::size_t{128} * 1024;
  std::size_t surveyed_mcus = 64;
  /// Reusable results of the last file; not owned, may be nullptr.
  LaneEntryCache* lane_entries = nullptr;
};

}  // namespace wm::jpeg
