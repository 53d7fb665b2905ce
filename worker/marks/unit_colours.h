#pragma once

// Samples of a picture as additive colours from 0 (dark) to 1, in place: what blend modes and lightness are
// defined on. Pure.
//   grey, RGB, linear RGB   divided by the layout's white
//   CMYK                    1 - ink
//   Lab                     the sRGB colour, which may lie outside of 0..1
// The way there and back changes nothing but the last digits.

#include <span>

#include "worker/marks/pixel_layout.h"

namespace wm {

/// `samples` are colour_bands a pixel.
void to_unit_colours(const PixelLayout& layout, std::span<double> samples);
void from_unit_colours(const PixelLayout& layout, std::span<double> colours);

}  // namespace wm
