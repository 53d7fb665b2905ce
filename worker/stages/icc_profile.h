#pragma once

// The ICC profile attached to an image.

#include <cstddef>
#include <span>

#include <vips/vips8>

namespace wm {

/// Borrowed from `image`; empty when it has none.
[[nodiscard]] inline std::span<const std::byte> icc_profile(const vips::VImage& image) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (image.get_typeof(VIPS_META_ICC_NAME) == 0 ||
      vips_image_get_blob(image.get_image(), VIPS_META_ICC_NAME, &data, &size) != 0) {
    return {};
  }
  return {static_cast<const std::byte*>(data), size};
}

}  // namespace wm
