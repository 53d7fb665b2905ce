#pragma once

// Paints a text as pixels, with stroke and shadow around its letters. From bottom to top: the shadow, the
// stroke, the letters. The stroke lies only outside of the letters, so that it does not show through a
// translucent fill; the shadow is that of letters and stroke and does show through. Letters with colours of
// their own (emoji) have a shadow, the fill's alpha and no stroke.

#include "common/job/mark.h"
#include "worker/marks/geometry.h"
#include "worker/marks/raster.h"
#include "worker/marks/text_shape.h"

namespace wm {

/// Lengths of a text's decoration in pixels at one font size.
struct TextMeasures {
  double font = 1;
  double stroke = 0;  // 0: none
  double shadow_x = 0, shadow_y = 0, blur = 0;
};

[[nodiscard]] TextMeasures measures(const Text& text, double font_pixels);

/// All pixels that the text may touch, relative to its origin; at least one.
[[nodiscard]] Box painted_box(const TextShape& shape, const Text& text, const TextMeasures& lengths);

/// The text scaled as a whole from `box`, its painted_box(), to `size`: with its proportions kept, spare
/// pixels on both sides stay transparent. Throws std::bad_alloc, std::runtime_error.
[[nodiscard]] Raster paint(const TextShape& shape, const Text& text, const TextMeasures& lengths,
                           const Box& box, Size size);

}  // namespace wm
