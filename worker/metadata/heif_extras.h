#pragma once

// The contents of a HEIF or AVIF file beyond its picture and that picture's metadata: other pictures, gain
// maps, tracks, boxes of the file itself. Pure. Throws std::bad_alloc.

#include <vector>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_blocks.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

/// Reports the contents of `file` that an output in the container `to` lacks. Independent pictures besides
/// the primary one are reported by the decoder, which decides which of them are kept.
void report_heif_extras(ByteSpan file, PictureFormat to, const MetadataPlan& plan, Losses& losses);

/// The boxes to append unchanged to a HEIF or AVIF output: the video of a motion photo, additions by a
/// phone's maker. All of them lie outside of the picture.
[[nodiscard]] std::vector<ByteSpan> boxes_to_carry(ByteSpan file, const MetadataPlan& plan);

/// Notes in `plan` which promises a packet of the input's XMP must not make any more in that container.
void withdraw_heif_promises(ByteSpan file, PictureFormat to, MetadataPlan& plan);

}  // namespace wm::metadata
