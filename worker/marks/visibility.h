#pragma once

// Whether anything of a mark would be seen on a picture. What counts is the mark's coverage, not whether it
// happens to change pixels: a white logo on a white wall is drawn. Pure.

#include <cstdint>
#include <span>

#include "common/job/mark.h"
#include "worker/marks/geometry.h"
#include "worker/marks/prepared_mark.h"

namespace wm {

/// `alpha` has one byte for each pixel of `size`.
[[nodiscard]] MarkExtent extent_of(std::span<const std::uint8_t> alpha, Size size);

/// Of a mark whose first pixel goes to `position` of a picture (or page).
[[nodiscard]] bool is_seen(const PreparedMark& mark, double opacity, Point position, Size picture);

}  // namespace wm
