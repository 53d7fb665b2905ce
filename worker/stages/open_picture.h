#pragma once

// Stage 1: from a path to pixels in memory. Opens the file once, detects its format from its bytes, and
// checks size limits on the header, before any pixel is decoded.

#include <string>

#include "common/job/damaged_pictures.h"
#include "common/job/input_limits.h"
#include "worker/log/logger.h"
#include "worker/stages/memory_grants.h"
#include "worker/stages/picture.h"

namespace wm {

/// All pages or frames of the picture at `path`. Throws TaskFailure (unreadable, unsupported, corrupt,
/// too_large, out_of_memory), whose message contains the decoder's complaint. With DamagedPictures::mark, the
/// readable part of a damaged picture is returned and `damage` describes the damage; only a picture without
/// any readable part is corrupt.
[[nodiscard]] Picture open_picture(const std::string& path, const InputLimits& limits,
                                   DamagedPictures damaged, Logger& log);

/// The first half of open_picture(): nothing is decoded, `layout` is not set, and `image` is a header, or
/// null for a JPEG without EXIF and profile. `found`: see InputFile::open().
[[nodiscard]] Picture open_header(const std::string& path, const InputLimits& limits, DamagedPictures damaged,
                                  MemoryGrants& memory, Logger& log, const FileStamp& found = {});
/// Afterwards `image` is a header in any case. `memory`: for repairs.
void complete_header(Picture& picture, DamagedPictures damaged, MemoryGrants& memory);
/// The second half of open_picture().
void decode(Picture& picture, DamagedPictures damaged, MemoryGrants& memory);

/// Decodes the scans of a JPEG again, slowly. Throws TaskFailure (corrupt) unless all pixels are those that
/// were encoded.
void check_scans(const Picture& picture);

}  // namespace wm
