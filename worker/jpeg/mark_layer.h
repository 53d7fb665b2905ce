#pragma once

// A mark and its positions.

#include <memory>
#include <vector>

#include "worker/marks/geometry.h"
#include "worker/marks/prepared_mark.h"

namespace wm::jpeg {

struct MarkLayer {
  /// 8-bit samples, 3 a pixel (RGB) or 1 for grey pictures, not premultiplied; at its final size and in
  /// stored orientation.
  std::shared_ptr<const PreparedMark> mark;
  /// Positions of the mark's first pixel, in stored pixels; may lie partly or wholly outside. A tiled mark
  /// has many.
  std::vector<Point> positions;
  double opacity = 1;  // 0..1
};

}  // namespace wm::jpeg
