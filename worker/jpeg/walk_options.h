#pragma once

// How a splice walks over what stays. The result never depends on it; tests make everything small.

#include <cstddef>

namespace wm::jpeg {

struct WalkOptions {
  /// Of the scan at a time, at most; no more than this, for which sums of 32 bits do. The second cache holds
  /// it.
  std::size_t window_bytes = std::size_t{256} * 1024;
  /// Fewer bits or MCUs are walked over plainly: lanes overlap, and their tables have to be built.
  std::size_t surveyed_bits = std::size_t{128} * 1024;
  std::size_t surveyed_mcus = 64;
};

}  // namespace wm::jpeg
