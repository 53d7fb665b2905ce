#pragma once

// EXIF values as text. Pure.

#include <string>
#include <string_view>

#include "worker/container/tiff_reader.h"
#include "worker/metadata/containers.h"
#include "worker/metadata/exif_names.h"

namespace wm::metadata {

/// `field` is one of `directory`.
[[nodiscard]] std::string exif_text(const TiffReader& reader, const TiffDirectory& directory,
                                    const TiffField& field, ExifForm form);

/// Bytes of a stranger as one line of valid UTF-8: bytes that are no UTF-8 are taken as Latin-1, control
/// characters and those that turn the direction of writing become spaces, ends are trimmed, and what is
/// after 1000 bytes is cut off.
[[nodiscard]] std::string clean_text(std::string_view bytes);

}  // namespace wm::metadata
