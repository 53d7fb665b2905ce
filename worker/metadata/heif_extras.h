#pragma once

// What a HEIF or AVIF file has besides its picture and that picture's metadata: other pictures, gain maps,
// tracks, boxes of the file itself. Pure. Throws std::bad_alloc.

#include <vector>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_blocks.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

/// Adds what an output in the container `to` does not have of `file`. Pictures of their own besides the
/// primary one are reported by the decoder, which knows which of them are kept.
void report_heif_extras(ByteSpan file, PictureFormat to, const MetadataPlan& plan, Losses& losses);

/// Boxes that are put after those of a HEIF or AVIF output, as they are: the video of a motion photo, what a
/// phone's maker adds. All that is no part of the picture.
[[nodiscard]] std::vector<ByteSpan> boxes_to_carry(ByteSpan file, const MetadataPlan& plan);

/// Adds to `plan` what a packet of the input's XMP must not promise any more in that container.
void withdraw_heif_promises(ByteSpan file, PictureFormat to, MetadataPlan& plan);

}  // namespace wm::metadata
