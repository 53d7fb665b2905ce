#pragma once

// How much memory an image's pixels take.

#include <cstdint>

#include <vips/vips8>

namespace wm {

[[nodiscard]] inline std::uint64_t row_bytes(const vips::VImage& image) {
  return vips_format_sizeof(image.format()) * static_cast<std::uint64_t>(image.bands()) *
         static_cast<std::uint64_t>(image.width());
}

[[nodiscard]] inline std::uint64_t image_bytes(const vips::VImage& image) {
  return row_bytes(image) * static_cast<std::uint64_t>(image.height());
}

}  // namespace wm
