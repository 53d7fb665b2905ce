#pragma once

// The properties of the samples in the first directory of a TIFF file (TIFF 6.0 and its supplements), as read
// by libtiff: those that libvips does not provide and a writer must reproduce.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace wm::tiff {

struct TiffTraits {
  std::uint16_t compression = 1;    // tag 259, 1 = none
  std::uint16_t bits = 1;           // a sample
  std::uint16_t channels = 1;       // samples a pixel
  std::uint16_t sample_format = 1;  // tag 339: 1 unsigned, 2 signed, 3 floating point, 5 and 6 complex
  std::uint16_t photometric = 1;    // tag 262: 0 white is zero, 1 black is zero, 2 RGB, 3 palette
  std::uint16_t ink_set = 1;        // tag 332: 1 = CMYK
  std::uint16_t chroma_horizontal = 2, chroma_vertical = 2;  // tag 530: pixels a sample of colour
  bool separate_planes = false;
  bool big = false;              // 64-bit offsets
  std::uint32_t tile_width = 0;  // tags 322 and 323; 0: in strips
  std::uint32_t tile_height = 0;
  std::vector<std::uint16_t> extra_samples;  // tag 338: 0 unspecified, 1 associated alpha, 2 unassociated
  std::vector<std::uint16_t> colour_map;     // tag 320: all reds, all greens, all blues

  [[nodiscard]] bool has_associated_alpha() const {
    return !extra_samples.empty() && extra_samples.front() == 1;
  }
};

/// Defaults when libtiff cannot read the file: the decoder reports the fault. Throws std::bad_alloc.
[[nodiscard]] TiffTraits read_traits(std::span<const std::byte> file);

/// Names a kind of file that libvips 8.14 does not read, or misinterprets: "64-bit floating-point samples".
/// "" for all others. Pure.
[[nodiscard]] std::string unsupported_kind(const TiffTraits& traits);

}  // namespace wm::tiff
