#pragma once

// Turns the pixels of a marked picture as they are seen (--autorotate), so that no orientation is needed.

#include "common/job/encoding.h"
#include "worker/stages/picture.h"

namespace wm {

/// The format that a picture is written in.
[[nodiscard]] PictureFormat output_format(PictureFormat input, OutputFormat wanted);

/// True when `encoding` asks for it, or only one of input and output says by EXIF how it is turned: AVIF and
/// HEIC have boxes for that, and their viewers do not look at EXIF (ISO/IEC 23008-12).
[[nodiscard]] bool must_be_upright(const Picture& picture, const Encoding& encoding);

/// Every page by itself. The picture then has orientation 1 and is `upright`. Throws vips::VError.
void turn_upright(Picture& picture);

}  // namespace wm
