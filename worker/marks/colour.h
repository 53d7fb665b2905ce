#pragma once

// Adapts a drawn mark to a picture: to its orientation, colour space and sample type. The mark is converted
// to the picture's colours, never the picture to the mark's.

#include <span>

#include "worker/marks/orientation.h"
#include "worker/marks/pixel_layout.h"
#include "worker/marks/prepared_mark.h"
#include "worker/marks/raster.h"

namespace wm {

/// `profile` is the picture's ICC profile; empty when it has none. A broken or unsuitable profile is ignored.
/// Throws vips::VError, std::bad_alloc.
[[nodiscard]] PreparedMark prepare(const Raster& raster, Orientation orientation, const PixelLayout& layout,
                                   std::span<const std::byte> profile);

}  // namespace wm
