#pragma once

// How much memory a picture takes, from what its header says. Pure. The figures are estimates, rather too
// large than too small; scripts/memory_table.py compares them with what pictures take.

#include <cstdint>

#include "common/picture/picture_format.h"
#include "worker/stages/memory_grants.h"

namespace wm {

/// What is known of a picture before it is decoded.
struct PictureShape {
  PictureFormat from = PictureFormat::unknown;
  PictureFormat to = PictureFormat::unknown;
  std::uint64_t file_bytes = 0;
  std::uint64_t page_pixels = 0;
  std::uint64_t pages = 1;
  std::uint64_t pixel_bytes = 3;        // of the decoded picture
  std::uint64_t coefficient_bytes = 0;  // that the decoder of a JPEG keeps until the last scan
  bool whole_decoding = false;          // the decoder keeps the whole page: interlaced, one strip
  std::uint64_t copied_bytes = 0;       // of the decoded picture, or of its indices, by the encoder
  bool lossless = false;                // of a WebP that is written
  bool progressive_output = false;      // of a JPEG that is written
  bool verify = false;
};

/// Of the way through pixels: decoded, marked, encoded, with its metadata carried over.
[[nodiscard]] MemoryNeed need_of_pixels(const PictureShape& shape);

/// Of a JPEG that is marked in place. `coefficient_bytes`: of all its coefficients, if they are kept.
[[nodiscard]] MemoryNeed need_in_place(std::uint64_t file_bytes, std::uint64_t coefficient_bytes);

/// Of a file that is read into memory.
[[nodiscard]] MemoryNeed need_of_file(std::uint64_t file_bytes);

}  // namespace wm
