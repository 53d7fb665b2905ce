#pragma once

// The thumbnail of an EXIF block (EXIF 2.32 section 4.5.5: JPEG or uncompressed, in the second directory) and
// previews elsewhere in the block: replaced or wiped, so that no bytes of the unmarked picture remain.

#include <cstddef>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"
#include "worker/metadata/thumbnail_maker.h"

namespace wm::metadata {

/// Values that a thumbnail's range overlaps are not changed. False when a JPEG stream overlaps the tables of
/// the directories; the block is then half edited and must be dropped. `policy` is remake or strip.
[[nodiscard]] bool replace_exif_thumbnail(Bytes& block, const MetadataPlan& plan, ThumbnailMaker& thumbnails,
                                          std::size_t limit, Losses& losses);

}  // namespace wm::metadata
