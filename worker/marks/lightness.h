#pragma once

// How light a picture and a mark are, 0 (black) to 1, and a mark's counterpart of inverted lightness: what
// Contrast::automatic chooses by. Pure.
//
// Lightness is the luma of Rec. 709 of the samples as they are (of linear light: after sRGB's curve), L of
// Lab; CMYK counts as RGB of (1 - ink) * (1 - black).

#include "worker/marks/blend.h"
#include "worker/marks/raster.h"

namespace wm {

/// Mean over `box`, which must lie within the area and not be empty; of large boxes over a regular grid of
/// pixels, at most 512 in each direction. Transparent pixels count as white, which is what most viewers show.
[[nodiscard]] double mean_lightness(const PixelArea& area, const PixelLayout& layout, const Box& box);

/// Mean weighted by alpha; 0 when nothing of the mark can be seen.
[[nodiscard]] double mean_lightness(const Raster& raster);

/// L of CIE Lab becomes 100 - L, a and b stay; what then lies outside of sRGB is clipped channel by channel.
[[nodiscard]] Raster lightness_inverted(const Raster& raster);

}  // namespace wm
