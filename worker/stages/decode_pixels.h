#pragma once

// Decodes a picture's pixels into memory on this thread: vips_image_write() would start a pool of threads and
// pass every strip between them, which costs more than decoding a small picture.

#include <vips/vips8>

namespace wm {

/// Every pixel. Throws vips::VError.
[[nodiscard]] vips::VImage decode_pixels(const vips::VImage& image);

struct ReadablePixels {
  vips::VImage image;
  int rows = 0;          // of `image`
  int missing_rows = 0;  // of these, filled with grey
};

/// Decodes as many rows as possible; rows where the decoder fails are filled with grey. Trailing pages
/// without a single decoded row are dropped. A row of tiles that contains a damaged tile is lost, since
/// libvips returns black for it on the next request; `tile_height` is 0 for images without tiles. Empty when
/// no row can be decoded.
[[nodiscard]] ReadablePixels decode_readable_pixels(const vips::VImage& image, int page_height,
                                                    int tile_height);

}  // namespace wm
