#pragma once

// libjpeg for small pictures. Errors of libjpeg and pictures beyond its limits yield none.

#include <optional>

#include "worker/metadata/containers.h"
#include "worker/metadata/thumbnail_maker.h"

namespace wm::metadata {

/// Decodes at the smallest of 1/8, 1/4, 1/2 and 1 that is not below the box. CMYK without a profile. At most
/// 300 scans, so that a progressive file cannot take hours.
[[nodiscard]] std::optional<SmallPicture> decode_small(ByteSpan jpeg, ThumbnailBox at_least);

/// 4:2:0 with tables made for the picture.
[[nodiscard]] std::optional<Bytes> encode_small(const SmallPicture& picture, int quality);

}  // namespace wm::metadata
