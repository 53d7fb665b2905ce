#pragma once

// What a path costs one core, from measurements of tests/bench/jpeg_bench.cpp. Only ratios matter: the
// machine's speed cancels out. They are those of a processor with AVX2; without it the splice takes up to
// twice as long, and the choice is the same, so that a job's outputs do not depend on the machine. Pure.

#include <cstddef>

#include "worker/jpeg/eligibility.h"
#include "worker/jpeg/scan_geometry.h"

namespace wm::jpeg {

struct Work {
  std::size_t file_bytes = 0;
  std::size_t pixels = 0;
  std::size_t blocks = 0;  // of all components
  bool progressive = false;
  std::size_t blended_blocks = 0;  // a block under two marks counts twice
};

/// Nanoseconds on the machine of the measurements.
[[nodiscard]] double cost_in_place(Path path, const Work& work);
/// Decoding to pixels, blending, encoding.
[[nodiscard]] double cost_of_pixels(const Work& work);

}  // namespace wm::jpeg
