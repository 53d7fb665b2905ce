#pragma once

// Turns the pixels of a marked picture into display orientation (--autorotate), so that no orientation tag is
// needed.

#include "common/job/encoding.h"
#include "worker/stages/picture.h"

namespace wm {

/// The format that a picture is written in.
[[nodiscard]] PictureFormat output_format(PictureFormat input, OutputFormat wanted);

/// True when `encoding` asks for it, or when only one of input and output records its orientation in EXIF:
/// AVIF and HEIC have boxes for that, and their viewers ignore EXIF (ISO/IEC 23008-12).
[[nodiscard]] bool must_be_upright(const Picture& picture, const Encoding& encoding);

/// Turns every page separately. The picture then has orientation 1 and is `upright`. Throws vips::VError.
void turn_upright(Picture& picture);

}  // namespace wm
