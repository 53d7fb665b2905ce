#pragma once

// A drawn mark before it is adapted to a picture's colours: 8-bit sRGB with alpha that is not premultiplied.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/marks/geometry.h"

namespace wm {

struct Raster {
  Size size;
  std::vector<std::uint8_t> rgba;  // 4 bytes a pixel, rows without gaps

  [[nodiscard]] std::size_t pixel_count() const {
    return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  }
};

}  // namespace wm
