#pragma once

// Stage 3: from pixels to the bytes of the output file, in the input's format, mode and quality unless the
// recipe says otherwise, with the input's metadata.
//
//   JPEG   quantisation tables, sampling and progression of the input; alpha is flattened on white
//   PNG    depth and interlacing of the input, and its palette where the marks look good in 256 colours
//   WebP   lossless when the input was, else quality 85; animations stay animations
//   TIFF   compression and tiling of the input where the result can have them, else deflate
//   GIF    the original colours of every frame, and the rest of the 256 for the marks
//   AVIF   quality 60, depth of the input

#include <cstddef>
#include <string>
#include <vector>

#include "common/job/encoding.h"
#include "worker/log/logger.h"
#include "worker/stages/picture.h"
#include "worker/stages/verify.h"

namespace wm {

struct EncodedPicture {
  std::vector<std::byte> file;
  std::vector<std::string> notes;  // properties of the input that could not be kept
  Coded coded;
};

/// Turns the picture upright if asked to, and maps its pixels to the colours of its palette; the result
/// shares memory with it. Throws TaskFailure (unsupported) for properties that the format cannot hold,
/// vips::VError, std::runtime_error, std::bad_alloc.
[[nodiscard]] EncodedPicture encode(Picture& picture, const Encoding& encoding, Logger& log);

}  // namespace wm
