#pragma once

// GIF files as libvips images, decoded by worker/gif. libvips' own reader paints areas that no frame covers
// black, takes some screens to be as small as their frames, and clears to the background colour.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <vips/vips8>

namespace wm {

/// An image with size, frames and times, four channels and no pixels. Throws TaskFailure (corrupt).
[[nodiscard]] vips::VImage gif_header(std::span<const std::byte> file);

struct GifPixels {
  vips::VImage image;   // RGB, or RGBA where something is transparent; owns its memory
  std::string failure;  // why some pixels are wrong: "is truncated or damaged (...)"; "" when all are right
  std::uint64_t missing_rows = 0;
};

/// `image` is null when nothing can be decoded. `header` is the result of gif_header() for the same bytes.
/// Throws std::bad_alloc.
[[nodiscard]] GifPixels gif_pixels(std::span<const std::byte> file, const vips::VImage& header);

}  // namespace wm
