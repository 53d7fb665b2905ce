#pragma once

// Pictures made when a test needs them, and a way to look at pixels. One thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace wm::test {

/// 8-bit samples, row by row, bands interleaved.
struct Pixels {
  int width = 0, height = 0, bands = 0;
  std::vector<std::uint8_t> samples;
  /// Where the pixel's first sample is.
  [[nodiscard]] std::size_t index(int x, int y) const {
    const auto row = static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    return (row + static_cast<std::size_t>(x)) * static_cast<std::size_t>(bands);
  }
  [[nodiscard]] std::uint8_t at(int x, int y, int band) const {
    return samples[index(x, y) + static_cast<std::size_t>(band)];
  }
};

/// Gradients and a pattern without a period in sight; `seed` picks which.
[[nodiscard]] Pixels sample_pixels(int width, int height, int bands, unsigned seed = 0);

/// The bytes of a file. `ending` is that of its name, with options of libvips: ".png", ".jpg[Q=90]".
[[nodiscard]] std::string encoded(const Pixels& pixels, const std::string& ending);
[[nodiscard]] std::string sample_picture(int width, int height, const std::string& ending, unsigned seed = 0);

/// Throws vips::VError when `bytes` are no picture or not a whole one.
[[nodiscard]] Pixels decoded(const std::string& bytes);
[[nodiscard]] bool is_whole_picture(const std::string& bytes);

}  // namespace wm::test
