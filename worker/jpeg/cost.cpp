#include "worker/jpeg/cost.h"

namespace wm::jpeg {

namespace {

// Nanoseconds.
constexpr double walk_byte = 5;           // entropy walk and copy
constexpr double blend_block = 800;       // decode, blend, encode one block
constexpr double sequential_byte = 60;    // libjpeg's coefficients, read and written with optimised tables
constexpr double progressive_byte = 200;  // the same with about ten scans, each written twice
constexpr double pixel = 8;               // decode and encode, of which libjpeg alone is 6
constexpr double covered_pixel = 1;       // blending
constexpr double progressive_pixel = 30;  // the same, progressively

}  // namespace

double cost_in_place(Path path, const Work& work) {
  const auto blended = static_cast<double>(work.blended_blocks) * blend_block;
  const auto bytes = static_cast<double>(work.file_bytes);
  if (path == Path::splice) return bytes * walk_byte + blended;
  return bytes * (work.progressive ? progressive_byte : sequential_byte) + blended;
}

double cost_of_pixels(const Work& work) {
  // Blocks of all components on the pixels of all blocks.
  const double covered =
      work.blocks == 0 ? 0 : static_cast<double>(work.blended_blocks) / static_cast<double>(work.blocks);
  const double each = (work.progressive ? progressive_pixel : pixel) + covered * covered_pixel;
  return static_cast<double>(work.pixels) * each;
}

}  // namespace wm::jpeg
