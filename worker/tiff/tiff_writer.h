#pragma once

// Writes TIFF files with libtiff: libvips' saver supports neither palettes nor associated alpha, and writes
// the last columns wrong for few bits. Independent of libvips. One thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace wm::tiff {

/// The values of tags are those of TIFF 6.0.
struct TiffEncoding {
  std::uint32_t width = 0, height = 0;  // of a page
  std::uint32_t pages = 1;
  std::uint16_t bits = 8;           // a sample
  std::uint16_t channels = 3;       // samples a pixel
  std::uint16_t sample_format = 1;  // 1 unsigned, 2 signed, 3 floating point
  std::uint16_t photometric = 2;
  std::uint16_t compression = 1;
  std::vector<std::uint16_t> extra_samples;
  std::vector<std::uint16_t> colour_map;  // all reds, all greens, all blues: 2^bits of each
  std::uint16_t chroma_horizontal = 2, chroma_vertical = 2;  // where JPEG keeps YCbCr
  int jpeg_quality = 90;
  std::uint32_t tile_width = 0, tile_height = 0;        // 0: strips
  bool big = false;                                     // 64-bit offsets
  double pixels_per_inch_x = 0, pixels_per_inch_y = 0;  // 0: not recorded
  std::span<const std::byte> icc_profile;
};

/// Fills `row` with the packed samples of row `y`, counted over all pages stacked vertically, in the
/// machine's byte order.
using RowSource = std::function<void(std::uint32_t y, std::span<std::byte> row)>;

/// Throws std::runtime_error with libtiff's message, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> write_tiff(const TiffEncoding& encoding, const RowSource& rows);

}  // namespace wm::tiff
