#pragma once

// A picture as a person sees it: its first page, upright, in 8-bit sRGB, no larger than a room.

#include <vips/vips8>

#include "worker/marks/geometry.h"
#include "worker/stages/picture.h"

namespace wm {

/// Of what `picture` holds now; its pixels may change afterwards. 3 bands, or 4 with an alpha that is not
/// premultiplied. A picture that fits is not scaled. `picture` is decoded. Throws vips::VError.
[[nodiscard]] vips::VImage shown_picture(const Picture& picture, Size room);

}  // namespace wm
