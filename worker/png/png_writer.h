#pragma once

// Writes PNG files with samples of 8 or 16 bits, using libdeflate, which needs at most half the time of zlib
// for the same size. It compresses a picture in one piece, so pixels, filtered rows and file are in memory at
// once. Independent of libvips. One thread.

#include <cstddef>
#include <span>
#include <vector>

namespace wm {

struct PngPixels {
  int width = 0, height = 0;
  int bands = 3;                       // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
  int sample_bytes = 1;                // 2: in the machine's order
  std::span<const std::byte> samples;  // row by row, interleaved, without padding; borrowed
};

struct PngEncoding {
  int compression = 4;      // of libdeflate, 0 to 12
  bool filter_rows = true;  // useful for photographs, not for drawings with few colours
};

/// `icc_profile`: none if empty. Throws std::invalid_argument for inconsistent pixels, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> encode_png(const PngPixels& pixels, const PngEncoding& encoding,
                                                std::span<const std::byte> icc_profile);

}  // namespace wm
