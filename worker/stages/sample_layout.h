#pragma once

// The meaning of the samples of a decoded libvips image. The one place that deals with libvips' many
// interpretations.

#include <vips/vips8>

#include "worker/marks/pixel_layout.h"

namespace wm {

/// Throws TaskFailure (unsupported) for complex samples and codings other than LABQ; reads the header only.
void check_samples(const vips::VImage& image);

/// `image` is in memory. Floating-point and 32-bit files do not define their white: 1, 255 or 65535 is
/// assumed, the first that the picture's largest sample does not exceed by far.
[[nodiscard]] PixelLayout layout_of(const vips::VImage& image);

}  // namespace wm
