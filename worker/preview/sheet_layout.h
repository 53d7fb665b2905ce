#pragma once

// Where things lie on a preview. Pure: numbers in, boxes out.

#include <vector>

#include "worker/marks/geometry.h"

namespace wm {

/// The contact sheet: rows of cells of one size, each with room for a picture above that for its caption.
struct ContactLayout {
  Size sheet;
  Size picture;  // the room for one
  std::vector<Box> pictures, captions;
};

/// `pictures` is 1 to most_previewed.
[[nodiscard]] ContactLayout contact_layout(unsigned pictures);

/// One picture twice. They stand beside each other or one above the other, however they come out larger.
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
/// `shown` is the size that one of the two has on the sheet.
[[nodiscard]] ComparisonLayout comparison_layout(Size shown, bool stacked);

/// `box` of a picture of `from` pixels in the same picture of `to` pixels, moved by `origin`: all pixels
/// that it touches, at least one.
[[nodiscard]] Box scaled_box(const Box& box, Size from, Size to, Point origin);

/// Where a picture of `size` stands in `room`: at its foot, above the caption, in the middle.
[[nodiscard]] Box standing(Size size, const Box& room);

}  // namespace wm
