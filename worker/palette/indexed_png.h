#pragma once

// Writes PNG files whose samples are indices: with exactly the given palette, which libvips' quantiser does
// not guarantee, and grey of fewer than 8 bits. Independent of libvips. One thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wm {

struct PngPaletteEntry {
  std::uint8_t red = 0, green = 0, blue = 0, alpha = 255;
};

struct IndexedPng {
  int width = 0, height = 0;
  int depth = 8;                           // 1, 2, 4, 8; 8 only with a palette
  std::vector<PngPaletteEntry> palette;    // at most 2^depth; empty: the indices are levels of grey
  std::span<const std::uint8_t> indices;   // row by row, each less than 2^depth; borrowed
  std::span<const std::byte> icc_profile;  // borrowed
  bool interlaced = false;                 // Adam7
  int compression = 6;                     // of zlib
};

/// Throws std::runtime_error with libpng's message, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> encode_indexed_png(const IndexedPng& picture);

}  // namespace wm
