#pragma once

// EXIF tags of a picture's file in readable form. Not through libvips, which reads none from a TIFF and
// replaces texts that are not UTF-8 by its own words.

#include <optional>
#include <string>
#include <string_view>

#include "worker/stages/picture.h"

namespace wm {

/// The tag `name` ("Artist") of the picture itself, its EXIF or its GPS part, as formatted by
/// ExifBlock::text(). Nullopt for a missing or empty tag. The picture's file must have been read; for AVIF
/// and HEIC libvips must have opened the image.
[[nodiscard]] std::optional<std::string> exif_tag(const Picture& picture, std::string_view name);

}  // namespace wm
