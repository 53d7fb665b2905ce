#pragma once

// A picture as a TIFF file: bits, alpha, palette, photometric interpretation, compression and tiles of the
// input where it is a TIFF, too.

#include <cstddef>
#include <optional>
#include <vector>

#include <vips/vips8>

#include "common/job/encoding.h"
#include "worker/stages/picture.h"
#include "worker/stages/reduce_colours.h"

namespace wm {

struct SavedTiff {
  std::vector<std::byte> file;
  int bits = 8;          // a sample
  bool lossless = true;  // the same samples come back
  int quality = 100;     // where it is not
};

/// `few` is what reduce_colours() found. Throws std::runtime_error, std::bad_alloc.
[[nodiscard]] SavedTiff save_tiff(const Picture& picture, const std::optional<FewColours>& few,
                                  const Encoding& encoding);

}  // namespace wm
