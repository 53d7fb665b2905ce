#pragma once

// Whether any part of a mark would be visible on a picture. This depends on the mark's coverage, not on
// whether it happens to change pixels: a white logo on a white wall counts as visible, and the result's notes
// say that it changes nothing. Pure.

#include <cstdint>
#include <span>

#include "common/job/mark.h"
#include "worker/marks/geometry.h"
#include "worker/marks/prepared_mark.h"

namespace wm {

/// `alpha` has one byte for each pixel of `size`.
[[nodiscard]] MarkExtent extent_of(std::span<const std::uint8_t> alpha, Size size);

/// For a mark whose first pixel is at `position` of a picture (or page).
[[nodiscard]] bool is_seen(const PreparedMark& mark, double opacity, Point position, Size picture);

}  // namespace wm
