#pragma once

// libjpeg for small pictures. Errors of libjpeg and pictures beyond its limits yield nullopt.

#include <optional>

#include "worker/metadata/containers.h"
#include "worker/metadata/thumbnail_maker.h"

namespace wm::metadata {

/// Decodes at the smallest scale of 1/8, 1/4, 1/2 and 1 that is not below the box. CMYK is converted without
/// a profile. At most 300 scans, so that a progressive file cannot take hours.
[[nodiscard]] std::optional<SmallPicture> decode_small(ByteSpan jpeg, ThumbnailBox at_least);

/// 4:2:0 with Huffman tables optimised for the picture.
[[nodiscard]] std::optional<Bytes> encode_small(const SmallPicture& picture, int quality);

}  // namespace wm::metadata
