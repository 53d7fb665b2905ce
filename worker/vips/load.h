#pragma once

// Opens a picture with the loader of its format, never by a file's name: libvips would parse options in it.

#include <vips/vips8>

#include "common/picture/picture_format.h"

namespace wm {

/// Can this libvips read `format`? Loads the HEIF module when that is asked for the first time.
[[nodiscard]] bool can_load(PictureFormat format);

/// Takes over `options`. Reads the header; pixels are decoded when they are asked for. Throws vips::VError.
[[nodiscard]] vips::VImage load(PictureFormat format, const vips::VSource& source, vips::VOption* options);

}  // namespace wm
