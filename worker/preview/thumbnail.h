#pragma once

// A small picture of a file as it is, for people: upright, in sRGB, without metadata, its first page only.

#include <cstddef>
#include <vector>

#include "common/job/job_description.h"
#include "common/preview/preview_request.h"
#include "worker/log/logger.h"

namespace wm {

/// A JPEG file of at most thumbnail_side pixels a side. A chequered background shows through the picture. Of
/// the job only the limits are used; of a damaged file, the readable part is shown. Needs a running libvips.
/// Throws TaskFailure.
[[nodiscard]] std::vector<std::byte> thumbnail(const PreviewRequest& request, const JobDescription& job,
                                               Logger& log);

}  // namespace wm
