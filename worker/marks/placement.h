#pragma once

// Where a mark is placed, in display space. Pure: numbers in, boxes out. Orientation::to_stored() maps them
// to the pixels of the file.
//
// Every length is computed as a real number and rounded once, to the nearest pixel, halves up (towards plus
// infinity). A turned mark takes its bounding box. No side becomes less than one pixel. The offset does not
// count for fitting: a box that it pushes over an edge is left as it is, and clipped when it is drawn.

#include "common/job/recipe.h"
#include "worker/marks/geometry.h"

namespace wm {

struct Placement {
  Size drawn;  // the mark's size before it is turned
  Box box;     // of the turned mark
  bool operator==(const Placement&) const = default;
};

/// Nearest integer, halves up, limited so that pixel arithmetic in int cannot overflow.
[[nodiscard]] int round_half_up(double value);

/// The mark's size before it is turned; `natural` is the size of the logo, or of the text at its font size.
/// With IfTooBig::shrink it is the largest size (within a few pixels) whose box fits into the picture, with
/// its proportions kept; a turned mark of one pixel may still be larger than a picture of one pixel.
[[nodiscard]] Size mark_size(const Mark& mark, Size natural, Size picture);

/// The mark's place in a picture; for tiles, that of the copy with which the others are aligned. A centred
/// mark on an odd number of spare pixels lies half a pixel right of and below the middle.
[[nodiscard]] Placement place_mark(const Mark& mark, Size natural, Size picture);

[[nodiscard]] constexpr bool fits(Size size, Size picture) {
  return size.width <= picture.width && size.height <= picture.height;
}

}  // namespace wm
