#pragma once

// Saves a picture as a JPEG: with sampling, progression and tables of a JPEG input, unless the recipe
// overrides them.

#include <vector>

#include <vips/vips8>

#include "common/job/encoding.h"
#include "worker/jpeg/pixel_encoder.h"
#include "worker/stages/picture.h"

namespace wm {

/// `bands` are those of the image that will be written: 1, 3 or 4.
[[nodiscard]] JpegEncoding jpeg_encoding(const Picture& picture, int bands, const Encoding& encoding);

/// `image` is in memory and has 8-bit samples. Throws std::runtime_error.
[[nodiscard]] std::vector<std::byte> save_jpeg(const vips::VImage& image, const JpegEncoding& encoding);

}  // namespace wm
