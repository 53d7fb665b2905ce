#pragma once

// An encoded output, opened again by the decoder of its format. Nothing is decoded yet.

#include <cstddef>
#include <span>

#include <vips/vips8>

#include "common/picture/picture_format.h"

namespace wm {

/// All pages or frames, one below another. Borrows `file` as long as the image lives. Throws vips::VError.
[[nodiscard]] vips::VImage open_output(std::span<const std::byte> file, PictureFormat format);

}  // namespace wm
