#pragma once

// The metadata that have a place in several containers: EXIF, XMP, Photoshop resources with IPTC. Read from
// one container, packed for another.

#include <optional>

#include "common/picture/picture_format.h"
#include "worker/metadata/carry.h"
#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

struct MetadataBlocks {
  Bytes exif;                 // without "Exif\0\0"
  Bytes xmp;                  // the packet
  Bytes irb;                  // Photoshop resources, without "Photoshop 3.0\0"
  bool trailer_left = false;  // pictures or videos behind the picture stay behind
};

/// HEIF has none here: libvips hands its blocks out. What else the file has, and no other container has a
/// place for, goes to the losses.
[[nodiscard]] MetadataBlocks read_blocks(ByteSpan file, Losses& losses);

/// A file of that container with the blocks and no picture, for the carry functions to take them from; none
/// where the container has no place. PNG has none for resources, WebP and GIF neither: reported.
[[nodiscard]] std::optional<Bytes> packed_blocks(const MetadataBlocks& blocks, PictureFormat container,
                                                 Losses& losses);

}  // namespace wm::metadata
