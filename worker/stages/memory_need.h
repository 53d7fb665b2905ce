#pragma once

// How much memory a picture needs, computed from its header. Pure. The figures are estimates, too large
// rather than too small; scripts/memory_table.py compares them with measurements.

#include <cstdint>

#include "common/picture/picture_format.h"
#include "worker/stages/memory_grants.h"

namespace wm {

/// The facts known about a picture before it is decoded.
struct PictureShape {
  PictureFormat from = PictureFormat::unknown;
  PictureFormat to = PictureFormat::unknown;
  std::uint64_t file_bytes = 0;
  std::uint64_t page_pixels = 0;
  std::uint64_t pages = 1;
  std::uint64_t pixel_bytes = 3;        // of the decoded picture
  std::uint64_t coefficient_bytes = 0;  // that a JPEG decoder keeps until the last scan
  bool whole_decoding = false;          // the decoder keeps the whole page: interlaced, one strip
  std::uint64_t copied_bytes = 0;       // of the decoded picture, or of its indices, copied by the encoder
  bool lossless = false;                // for WebP output
  bool progressive_output = false;      // for JPEG output
  bool verify = false;
};

/// For the path through pixels: decoded, marked, encoded, with its metadata carried over.
[[nodiscard]] MemoryNeed need_of_pixels(const PictureShape& shape);

/// For a JPEG that is marked in place. `coefficient_bytes`: size of all its coefficients, if they are kept.
[[nodiscard]] MemoryNeed need_in_place(std::uint64_t file_bytes, std::uint64_t coefficient_bytes);

/// For a file that is read into memory.
[[nodiscard]] MemoryNeed need_of_file(std::uint64_t file_bytes);

}  // namespace wm
