#pragma once

// EXIF tags of a picture's file as a person reads them. Not through libvips: it reads none of a TIFF, and
// puts words of its own in place of a text that is not UTF-8.

#include <optional>
#include <string>
#include <string_view>

#include "worker/stages/picture.h"

namespace wm {

/// The tag `name` ("Artist") of the picture itself, its EXIF or its GPS part, as ExifBlock::text() writes it.
/// Nothing for a tag that is not there or empty. The picture's file must have been read; of AVIF and HEIC
/// libvips must have opened the image.
[[nodiscard]] std::optional<std::string> exif_tag(const Picture& picture, std::string_view name);

}  // namespace wm
