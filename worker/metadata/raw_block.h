#pragma once

// Identifies the blocks that programs hide in a PNG's texts ("Raw profile type iptc"). The names are
// unreliable: ImageMagick's "iptc" may hold a record or Photoshop's resources, exiftool's "APP1" EXIF or XMP.
// Pure.

#include <cstdint>
#include <string_view>

#include "worker/metadata/containers.h"

namespace wm::metadata {

struct RawBlock {
  enum class Kind : std::uint8_t { exif, xmp, irb, iptc, other };
  Kind kind = Kind::other;
  std::size_t head = 0;  // bytes before an XMP packet or the resources, which stay as they are
};

/// By its first bytes; if these are not conclusive, by the keyword of the text.
[[nodiscard]] RawBlock raw_block(std::string_view keyword, ByteSpan block);

}  // namespace wm::metadata
