#pragma once

// Converts rasters to and from libvips images, and resamples them with libvips. Throws vips::VError.

#include <vips/vips8>

#include "worker/marks/raster.h"
#include "worker/marks/rotation.h"

namespace wm {

/// `image` in any colour space, with or without alpha. A profile other than sRGB is honoured.
[[nodiscard]] Raster to_raster(vips::VImage image);

/// `raster` scaled to exactly `size`; colours of transparent pixels do not bleed into the edges.
[[nodiscard]] Raster resized(const Raster& raster, Size size);

/// `raster` turned around its middle, in a box of rotation.turned(raster.size), with soft edges. Quarter
/// turns keep every pixel as it is.
[[nodiscard]] Raster turned(const Raster& raster, Rotation rotation);

}  // namespace wm
