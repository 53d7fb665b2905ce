#pragma once

// Rasters to and from libvips images. Throws vips::VError.

#include <vips/vips8>

#include "worker/marks/raster.h"

namespace wm {

/// `image` in any colour space, with or without alpha. A profile other than sRGB is honoured.
[[nodiscard]] Raster to_raster(vips::VImage image);

/// Borrows the raster's pixels: the image must not outlive it.
[[nodiscard]] vips::VImage to_image(const Raster& raster);

/// `raster` scaled to exactly `size`; colours of transparent pixels do not bleed into the edges.
[[nodiscard]] Raster resized(const Raster& raster, Size size);

}  // namespace wm
