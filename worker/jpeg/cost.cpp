#include "worker/jpeg/cost.h"

namespace wm::jpeg {

namespace {

// Nanoseconds.
constexpr double walk_byte = 2;         // entropy walk and copy
constexpr double blended_block = 350;   // decode, blend, encode one block
constexpr double sequential_byte = 60;  // libjpeg's coefficients, read and written with optimised tables
constexpr double pixel = 11;            // decode and encode, of which libjpeg alone is 7
constexpr double covered_pixel = 1;     // blending

/// Of about ten scans, each of which goes over all blocks whether they have bits in it or not.
struct Progressive {
  double byte = 0, pixel = 0;
  [[nodiscard]] double of(const Work& work) const {
    return byte * static_cast<double>(work.file_bytes) + pixel * static_cast<double>(work.pixels);
  }
};
constexpr Progressive progressive_in_place{.byte = 90, .pixel = 5};
constexpr Progressive progressive_pixels{.byte = 110, .pixel = 17};

}  // namespace

double cost_in_place(Path path, const Work& work) {
  const auto blended = static_cast<double>(work.blended_blocks) * blended_block;
  const auto bytes = static_cast<double>(work.file_bytes);
  if (path == Path::splice) return bytes * walk_byte + blended;
  return (work.progressive ? progressive_in_place.of(work) : bytes * sequential_byte) + blended;
}

double cost_of_pixels(const Work& work) {
  // Blocks of all components on the pixels of all blocks.
  const double covered =
      work.blocks == 0 ? 0 : static_cast<double>(work.blended_blocks) / static_cast<double>(work.blocks);
  const auto pixels = static_cast<double>(work.pixels);
  return (work.progressive ? progressive_pixels.of(work) : pixels * pixel) + pixels * covered * covered_pixel;
}

}  // namespace wm::jpeg
