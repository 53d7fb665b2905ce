#pragma once

// Changes to an EXIF block: texts, orientation, sizes, what a policy keeps. New directories are appended and
// fixed-size values overwritten, so nothing moves and the offsets inside maker notes stay valid. Thumbnails:
// exif_thumbnail.h. Blocks are without "Exif\0\0".

#include <cstddef>
#include <optional>

#include "worker/metadata/bytes.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"
#include "worker/metadata/thumbnail_maker.h"

namespace wm::metadata {

/// The block as the plan wants it. Empty when nothing is left of it, or there was none and the plan adds
/// none. What cannot be read is dropped and reported where it could show the unmarked picture (thumbnails
/// remade or stripped) or could not be edited as asked; else it stays as it is.
///
/// `limit` is what the container can hold (65527 bytes in a JPEG).
[[nodiscard]] Bytes edited_exif(ByteSpan block, const MetadataPlan& plan, ThumbnailMaker& thumbnails,
                                std::size_t limit, Losses& losses);

/// A new block with what the policy `copyright` or `none` keeps; empty when that is nothing.
[[nodiscard]] Bytes filtered_exif(ByteSpan block, CarryPolicy policy);

}  // namespace wm::metadata
