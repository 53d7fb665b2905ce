#pragma once

// Reopens an encoded output with the decoder of its format. Decodes nothing yet.

#include <cstddef>
#include <span>

#include <vips/vips8>

#include "common/picture/picture_format.h"

namespace wm {

/// All pages or frames, stacked vertically. Borrows `file` as long as the image lives. Throws vips::VError.
[[nodiscard]] vips::VImage open_output(std::span<const std::byte> file, PictureFormat format);

}  // namespace wm
