#pragma once

// The layout of a preview. Pure: numbers in, boxes out.

#include <vector>

#include "worker/marks/geometry.h"

namespace wm {

/// The contact sheet: rows of places of equal size, each with room for a picture above its caption.
struct ContactLayout {
  Size sheet;
  Size picture;  // the room for one
  std::vector<Box> pictures, captions;
};

/// `pictures` is 1 to most_previewed.
[[nodiscard]] ContactLayout contact_layout(unsigned pictures);

/// One picture twice, side by side or one above the other, whichever makes them larger.
struct ComparisonPlan {
  bool stacked = false;
  Size room;  // for one of them
};
[[nodiscard]] ComparisonPlan comparison_plan(Size picture);

struct ComparisonLayout {
  Size sheet;
  Box before, after;
  Box before_caption, after_caption;
};
/// `shown` is the size of each of the two on the sheet.
[[nodiscard]] ComparisonLayout comparison_layout(Size shown, bool stacked);

/// Maps `box` of a picture of `from` pixels to the same picture of `to` pixels, moved by `origin`: all pixels
/// that it touches, at least one.
[[nodiscard]] Box scaled_box(const Box& box, Size from, Size to, Point origin);

/// The place of a picture of `size` in `room`: at its bottom, above the caption, centred.
[[nodiscard]] Box standing(Size size, const Box& room);

}  // namespace wm
