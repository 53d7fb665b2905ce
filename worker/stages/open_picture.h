#pragma once

// Stage 1: from a path to pixels in memory. The file is opened once and its format detected from its bytes;
// size limits are checked on the header, before any pixel is decoded.

#include <string>

#include "common/job/damaged_pictures.h"
#include "common/job/input_limits.h"
#include "worker/log/logger.h"
#include "worker/stages/memory_grants.h"
#include "worker/stages/picture.h"

namespace wm {

/// All pages or frames of the picture at `path`. Throws TaskFailure (unreadable, unsupported, corrupt,
/// too_large, out_of_memory), which names what the decoder complained about. With DamagedPictures::mark, what
/// is left of a damaged picture is one, and its `damage` says so; corrupt is what nothing is left of.
[[nodiscard]] Picture open_picture(const std::string& path, const InputLimits& limits,
                                   DamagedPictures damaged, Logger& log);

/// The first half of it: nothing is decoded, `image` is a header, or null where there is a JPEG without EXIF
/// and profile, and `layout` not known. `found`: see InputFile::open().
[[nodiscard]] Picture open_header(const std::string& path, const InputLimits& limits, DamagedPictures damaged,
                                  MemoryGrants& memory, Logger& log, const FileStamp& found = {});
/// After it `image` is a header in any case. `memory`: for repairs.
void complete_header(Picture& picture, DamagedPictures damaged, MemoryGrants& memory);
/// The second half.
void decode(Picture& picture, DamagedPictures damaged, MemoryGrants& memory);

/// Decodes the scans of a JPEG once more, slowly. Throws TaskFailure (corrupt) when not all pixels are those
/// that were encoded.
void check_scans(const Picture& picture);

}  // namespace wm
