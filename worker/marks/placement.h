#pragma once

// Where a mark goes, in display space. Pure: numbers in, a box out.
//
// Every length is computed as a real number and rounded once, to the nearest pixel, halves up (towards plus
// infinity). A mark that is larger than the picture is shrunk to fit with its proportions kept; neither side
// becomes less than one pixel. The offset does not count for fitting: a box that it pushes over an edge is
// left as it is, and who draws it clips it.

#include "common/job/recipe.h"
#include "worker/marks/geometry.h"

namespace wm {

/// Nearest integer, halves up, limited to what pixel arithmetic in int can bear.
[[nodiscard]] int round_half_up(double value);

/// The mark's size in a picture; `natural` is the size of the logo or of the text at its font size.
[[nodiscard]] Size mark_size(const Mark& mark, Size natural, Size picture);

/// The mark's box in a picture. A centred mark on an odd number of spare pixels lies half a pixel right and
/// down of the middle.
[[nodiscard]] Box place_mark(const Mark& mark, Size natural, Size picture);

}  // namespace wm
