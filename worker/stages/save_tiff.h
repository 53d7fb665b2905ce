#pragma once

// Saves a picture as a TIFF file: with bits, alpha, palette, photometric interpretation, compression and
// tiles of a TIFF input.

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
  bool lossless = true;  // decodes to identical samples
  int quality = 100;     // if not lossless
};

/// `few` is the result of reduce_colours(). Throws std::runtime_error, std::bad_alloc.
[[nodiscard]] SavedTiff save_tiff(const Picture& picture, const std::optional<FewColours>& few,
                                  const Encoding& encoding);

}  // namespace wm
