#pragma once

// Converts samples of a picture to additive colours from 0 (dark) to 1, in place: the domain of blend modes
// and lightness. Pure.
//   grey, RGB, linear RGB   divided by the layout's white
//   CMYK                    1 - ink
//   Lab                     the sRGB colour, which may lie outside of 0..1
// A round trip changes only the last digits.

#include <span>

#include "worker/marks/pixel_layout.h"

namespace wm {

/// `samples` has colour_bands a pixel.
void to_unit_colours(const PixelLayout& layout, std::span<double> samples);
void from_unit_colours(const PixelLayout& layout, std::span<double> colours);

}  // namespace wm
