#pragma once

// What libvips does not tell about a TIFF file and its writer must repeat. Reads the first directory only
// (TIFF 6.0 section 2, BigTIFF as libtiff documents it). Never throws: an unreadable header yields the
// defaults, and the decoder says what is wrong.

#include <cstdint>

namespace wm {

struct TiffTraits {
  std::uint64_t compression = 1;  // tag 259, 1 = none
  std::uint64_t bits = 1;         // tag 258, of the first sample
  std::uint64_t photometric = 1;  // tag 262: 0 white is zero, 1 black is zero, 2 RGB, 3 palette
  std::uint64_t tile_width = 0;   // tags 322 and 323; 0 = in strips
  std::uint64_t tile_height = 0;
  bool big = false;  // 64-bit offsets
};

/// Borrows `fd` and does not move its offset.
[[nodiscard]] TiffTraits probe_tiff_header(int fd) noexcept;

}  // namespace wm
