#pragma once

// Looks into the chunk lists of WebP (RIFF container specification of Google) and PNG (ISO/IEC 15948) for
// what libvips does not tell. Never throws: where the file is damaged the answer is no, and the decoder says
// what is wrong. Borrows `fd` and does not move its offset.

#include <cstdint>

namespace wm {

/// True when the first picture of the file is stored without loss (a VP8L chunk).
[[nodiscard]] bool webp_is_lossless(int fd) noexcept;

struct PngTraits {
  std::uint32_t frames = 1;  // of an animated PNG, from its acTL chunk
  int depth = 8;             // bits a sample
  int colour_type = 2;       // as IHDR counts: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
  bool interlaced = false;   // Adam7
  bool few_colours = false;  // a palette, or fewer than 8 bits a sample
};

[[nodiscard]] PngTraits probe_png_header(int fd) noexcept;

}  // namespace wm
