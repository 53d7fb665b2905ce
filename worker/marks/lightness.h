#pragma once

// The lightness of a picture and of a mark, 0 (black) to 1, and a mark's counterpart of inverted lightness:
// the basis of Contrast::automatic. Pure.
//
// Lightness is the luma of Rec. 709 of the stored samples (for linear light: after sRGB's curve), or L of
// Lab; CMYK counts as RGB of (1 - ink) * (1 - black).

#include "worker/marks/blend.h"
#include "worker/marks/raster.h"

namespace wm {

/// Mean over `box`, which must lie within the area and not be empty; large boxes are sampled on a regular
/// grid of at most 512 pixels in each direction. Transparent pixels count as white, which is what most
/// viewers show.
[[nodiscard]] double mean_lightness(const PixelArea& area, const PixelLayout& layout, const Box& box);

/// Mean weighted by alpha; 0 when the mark is completely transparent.
[[nodiscard]] double mean_lightness(const Raster& raster);

/// L of CIE Lab becomes 100 - L, a and b stay; colours outside of sRGB are clipped channel by channel.
[[nodiscard]] Raster lightness_inverted(const Raster& raster);

}  // namespace wm
