#pragma once

// Videos stored after pictures, as in motion photos. ISO base media, ISO/IEC 14496-12. Pure.

#include <vector>

#include "worker/metadata/containers.h"

namespace wm::metadata {

/// All runs of boxes in `data` that begin with "ftyp" and contain a movie or its data; sorted and disjoint.
[[nodiscard]] std::vector<ByteRange> embedded_videos(ByteSpan data);

}  // namespace wm::metadata
