#pragma once

// What the samples of a decoded libvips image mean. One place for libvips' many interpretations.

#include <vips/vips8>

#include "worker/marks/pixel_layout.h"

namespace wm {

/// Throws TaskFailure (unsupported) for complex samples and codings other than LABQ; reads the header only.
void check_samples(const vips::VImage& image);

/// `image` lies in memory. Neither floating-point nor 32-bit files say which value is white: 1, 255 or 65535
/// is taken, whichever is the first that the picture's largest samples do not exceed by far.
[[nodiscard]] PixelLayout layout_of(const vips::VImage& image);

}  // namespace wm
