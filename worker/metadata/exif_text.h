#pragma once

// EXIF values as text. Pure.

#include <string>
#include <string_view>

#include "worker/container/tiff_reader.h"
#include "worker/metadata/containers.h"
#include "worker/metadata/exif_names.h"

namespace wm::metadata {

/// `field` belongs to `directory`.
[[nodiscard]] std::string exif_text(const TiffReader& reader, const TiffDirectory& directory,
                                    const TiffField& field, ExifForm form);

/// Untrusted bytes as one line of valid UTF-8: invalid UTF-8 is taken as Latin-1, control characters and
/// those that change the direction of writing become spaces, ends are trimmed, and text after 1000 bytes is
/// cut off.
[[nodiscard]] std::string clean_text(std::string_view bytes);

}  // namespace wm::metadata
