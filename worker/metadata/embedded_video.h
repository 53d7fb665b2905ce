#pragma once

// Videos after pictures: the files of motion photos. ISO base media, ISO/IEC 14496-12. Pure.

#include <vector>

#include "worker/metadata/containers.h"

namespace wm::metadata {

/// All runs of boxes in `data` that begin with "ftyp" and have a movie or its data in them; sorted and apart.
[[nodiscard]] std::vector<ByteRange> embedded_videos(ByteSpan data);

}  // namespace wm::metadata
