#pragma once

// The metadata that several containers can hold: EXIF, XMP, Photoshop resources with IPTC. Read from one
// container, packed for another.

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
  bool trailer_left = false;  // pictures or videos after the picture are not carried over
};

/// Returns no blocks for HEIF, whose blocks libvips provides. Contents that no other container can hold are
/// added to the losses.
[[nodiscard]] MetadataBlocks read_blocks(ByteSpan file, Losses& losses);

/// A file of that container with the blocks and no picture, as an input of the carry functions; nullopt when
/// the container cannot hold any. WebP and GIF have no place for resources, GIF none for EXIF: reported.
[[nodiscard]] std::optional<Bytes> packed_blocks(const MetadataBlocks& blocks, PictureFormat container,
                                                 Losses& losses);

}  // namespace wm::metadata
