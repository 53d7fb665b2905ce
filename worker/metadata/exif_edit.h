#pragma once

// Changes to an EXIF block: texts, orientation, sizes, what a policy keeps. New directories are appended and
// fixed-size values overwritten, so nothing moves and the offsets inside maker notes stay valid. Thumbnails:
// exif_thumbnail.h.

#include <cstddef>
#include <optional>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"
#include "worker/metadata/thumbnail_maker.h"

namespace wm::metadata {

/// The block as the plan wants it; what stands before its TIFF header ("Exif\0\0") stays. Empty when nothing
/// is left of it, or there was none and the plan adds none. A block that cannot be read stays as it is but
/// for pictures in it; it is dropped and reported where it could not be edited as asked.
///
/// `limit` is what the container can hold (65533 bytes in a JPEG).
[[nodiscard]] Bytes edited_exif(ByteSpan block, const MetadataPlan& plan, ThumbnailMaker& thumbnails,
                                std::size_t limit, Losses& losses);

/// A new block with what the policy `copyright` or `none` keeps; empty when that is nothing.
[[nodiscard]] Bytes filtered_exif(ByteSpan block, CarryPolicy policy);

}  // namespace wm::metadata
