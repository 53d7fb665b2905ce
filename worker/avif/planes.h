#pragma once

// Converts between the planes of an avifImage and samples as in AvifSource. For the sources of this
// directory.

#include <avif/avif.h>

#include <cstddef>
#include <span>

namespace wm::avif {

/// The samples of a picture whose rows follow each other without gaps.
struct SampleShape {
  int bands = 3;  // 1 and 2 are grey; 2 and 4 have alpha
  int sample_bytes = 1;

  [[nodiscard]] std::size_t pixel_bytes() const {
    return static_cast<std::size_t>(bands) * static_cast<std::size_t>(sample_bytes);
  }
  [[nodiscard]] bool grey() const { return bands < 3; }
  [[nodiscard]] bool has_alpha() const { return bands == 2 || bands == 4; }
};

/// The samples that correspond to `image`.
[[nodiscard]] SampleShape shape_of(const avifImage& image);

/// All pixels of `image`, even outside of the clean aperture. Throws AvifError.
void to_samples(const avifImage& image, const SampleShape& shape, std::span<std::byte> samples);

/// The reverse; `image` has its size, depth, format and colours, and gets planes. Throws AvifError.
void from_samples(std::span<const std::byte> samples, const SampleShape& shape, avifImage& image);

}  // namespace wm::avif
