#pragma once

// GIF files as pictures of libvips, decoded by worker/gif. libvips' own reader makes what no frame covers
// black, takes some screens to be as small as their frames, and clears to the background colour.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <vips/vips8>

namespace wm {

/// Size, frames and times; has no pixels, and four channels. Throws TaskFailure (corrupt).
[[nodiscard]] vips::VImage gif_header(std::span<const std::byte> file);

struct GifPixels {
  vips::VImage image;   // RGB, or RGBA where something is transparent; owns its memory
  std::string failure;  // why not all of them are right: "is truncated or damaged (...)"; "" when they are
  std::uint64_t missing_rows = 0;
};

/// `image` is null where nothing can be decoded. `header` is what gif_header() made of the same bytes. Throws
/// std::bad_alloc.
[[nodiscard]] GifPixels gif_pixels(std::span<const std::byte> file, const vips::VImage& header);

}  // namespace wm
