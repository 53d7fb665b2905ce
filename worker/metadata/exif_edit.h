#pragma once

// Changes to an EXIF block: texts, orientation, sizes, filtering by policy. New directories are appended and
// fixed-size values overwritten, so nothing moves and the offsets inside maker notes stay valid. Thumbnails:
// exif_thumbnail.h.

#include <cstddef>
#include <optional>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"
#include "worker/metadata/thumbnail_maker.h"

namespace wm::metadata {

/// The block edited according to the plan; the bytes before its TIFF header ("Exif\0\0") stay. Empty when
/// nothing remains of it, or when there was none and the plan adds none. An unreadable block stays as it is,
/// except for pictures in it; it is dropped and reported if it needed an edit.
///
/// `limit` is the capacity of the container (65533 bytes in a JPEG).
[[nodiscard]] Bytes edited_exif(ByteSpan block, const MetadataPlan& plan, ThumbnailMaker& thumbnails,
                                std::size_t limit, Losses& losses);

/// A new block with the values kept by the policy `copyright` or `none`; empty when there are none.
[[nodiscard]] Bytes filtered_exif(ByteSpan block, CarryPolicy policy);

}  // namespace wm::metadata
