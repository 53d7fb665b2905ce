#pragma once

// Puts a prepared mark over pixels in memory, in place. Pure. With mark alpha A = alpha / 255 * opacity, mark
// sample M and picture sample P:
//   without alpha   P' = P + (M - P) * A
//   with alpha B    B' = A + B * (1 - A),  P' = (M * A + P * B * (1 - A)) / B'
// Integer samples are rounded to the nearest, halves up. Pixels where A is 0 keep every bit.

#include <cstddef>

#include "worker/marks/geometry.h"
#include "worker/marks/pixel_layout.h"
#include "worker/marks/prepared_mark.h"

namespace wm {

/// Pixels of one picture or page. Borrowed.
struct PixelArea {
  std::byte* first = nullptr;  // aligned for the sample type
  std::size_t row_bytes = 0;
  Size size;
};

/// `position` is where the mark's top left pixel goes; what lies outside of the area is left out. `mark` must
/// have been prepared for `layout`. `opacity` is 0..1.
void blend(const PixelArea& area, const PixelLayout& layout, const PreparedMark& mark, Point position,
           double opacity);

}  // namespace wm
