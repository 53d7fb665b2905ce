#pragma once

// A picture as users see it: its first page, upright, in 8-bit sRGB, scaled to fit into a room.

#include <vips/vips8>

#include "worker/marks/geometry.h"
#include "worker/stages/picture.h"

namespace wm {

/// Shows the current content of `picture`, whose pixels may change afterwards. 3 bands, or 4 with an alpha
/// that is not premultiplied. A picture that fits is not scaled. `picture` is decoded. Throws vips::VError.
[[nodiscard]] vips::VImage shown_picture(const Picture& picture, Size room);

}  // namespace wm
