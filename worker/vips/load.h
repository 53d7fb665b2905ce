#pragma once

// Opens a picture with the loader of its format, never by a file's name, in which libvips would parse
// options.

#include <vips/vips8>

#include "common/picture/picture_format.h"

namespace wm {

/// Whether this libvips can read `format`. Loads the HEIF module when first asked about that.
[[nodiscard]] bool can_load(PictureFormat format);

/// Takes ownership of `options`. Reads the header; pixels are decoded on demand. Throws vips::VError.
[[nodiscard]] vips::VImage load(PictureFormat format, const vips::VSource& source, vips::VOption* options);

}  // namespace wm
