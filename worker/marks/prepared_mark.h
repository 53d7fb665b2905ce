#pragma once

// A mark that is ready for blending: at its final size, in stored orientation, in the picture's colour space
// and sample type.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/marks/geometry.h"

namespace wm {

/// The bounding box of all pixels that are not transparent, and the largest alpha.
struct MarkExtent {
  Box box;
  std::uint8_t most_alpha = 0;
};

struct PreparedMark {
  Size size;
  std::vector<std::byte> colours;   // colour_bands samples of the picture's type a pixel
  std::vector<std::uint8_t> alpha;  // 255 is opaque; excludes the mark's opacity
  MarkExtent extent;                // of alpha, from prepare()
  double lightness = 0;             // mean over the drawn mark as in lightness.h; set if Contrast needs it

  [[nodiscard]] std::size_t memory() const { return colours.size() + alpha.size(); }
};

}  // namespace wm
