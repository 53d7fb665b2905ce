#pragma once

// Where a mark goes, in display space. Pure: numbers in, boxes out. Orientation::to_stored() leads from them
// to the pixels of the file.
//
// Every length is computed as a real number and rounded once, to the nearest pixel, halves up (towards plus
// infinity). A turned mark takes the box that holds it. No side becomes less than one pixel. The offset does
// not count for fitting: a box that it pushes over an edge is left as it is, and who draws it clips it.

#include "common/job/recipe.h"
#include "worker/marks/geometry.h"

namespace wm {

struct Placement {
  Size drawn;  // the mark before it is turned
  Box box;     // of the turned mark
  bool operator==(const Placement&) const = default;
};

/// Nearest integer, halves up, limited to what pixel arithmetic in int can bear.
[[nodiscard]] int round_half_up(double value);

/// The mark's size before it is turned; `natural` is the size of the logo or of the text at its font size.
/// With IfTooBig::shrink it is the largest (within a few pixels) whose box fits into the picture, with its
/// proportions kept; a mark of one pixel that is turned may still be larger than a picture of one.
[[nodiscard]] Size mark_size(const Mark& mark, Size natural, Size picture);

/// The mark in a picture; of tiles, the copy that the others are lined up with. A centred mark on an odd
/// number of spare pixels lies half a pixel right and down of the middle.
[[nodiscard]] Placement place_mark(const Mark& mark, Size natural, Size picture);

[[nodiscard]] constexpr bool fits(Size size, Size picture) {
  return size.width <= picture.width && size.height <= picture.height;
}

}  // namespace wm
