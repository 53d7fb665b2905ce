#pragma once

// Blends a prepared mark over pixels in memory, in place. Pure. With mark alpha A = alpha / 255 * opacity,
// mark sample M, picture sample P and B(P, M) the blend mode's colour (M itself for `over`):
//   without alpha   P' = P + (B(P, M) - P) * A
//   with alpha b    b' = A + b * (1 - A),  P' = (((1 - b) * M + b * B(P, M)) * A + P * b * (1 - A)) / b'
// These are equations 5.1 and 5.5 of W3C Compositing and Blending Level 1. Integer samples are rounded to the
// nearest, halves up. Pixels where A is 0 keep every bit.
//
// B is computed on the picture's own samples as defined in unit_colours.h: in CMYK on the light that the inks
// let through, so that multiply darkens and screen lightens as elsewhere; in Lab, whose a and b are
// meaningless to blend modes, on the sRGB colour, so that a mode looks the same as on an RGB picture.

#include <cstddef>
#include <functional>

#include "common/job/mark.h"
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

/// Blends one mark at many places. One thread.
class Blender {
 public:
  /// Borrows `mark`, which must have been prepared for `layout`. `opacity` is 0..1.
  Blender(const PixelLayout& layout, const PreparedMark& mark, BlendMode mode, double opacity);

  /// `position` is the position of the mark's top left pixel; parts outside of the area are left out.
  void put(const PixelArea& area, Point position) { put_(area, position, changed_); }

  /// Whether any sample has changed so far.
  [[nodiscard]] bool has_changed() const { return changed_; }

 private:
  std::function<void(const PixelArea&, Point, bool& changed)> put_;
  bool changed_ = false;
};

/// Likewise for a single place.
void blend(const PixelArea& area, const PixelLayout& layout, const PreparedMark& mark, Point position,
           double opacity, BlendMode mode = BlendMode::over);

}  // namespace wm
