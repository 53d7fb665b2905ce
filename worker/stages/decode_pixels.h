#pragma once

// A picture's pixels in memory, decoded on this thread: vips_image_write() would start a pool of threads and
// pass every strip between them, which costs a small picture more than its decoding.

#include <vips/vips8>

namespace wm {

/// Every pixel. Throws vips::VError.
[[nodiscard]] vips::VImage decode_pixels(const vips::VImage& image);

struct ReadablePixels {
  vips::VImage image;
  int rows = 0;          // of `image`
  int missing_rows = 0;  // of them, grey
};

/// As many rows as the decoder gives; where it fails they are grey. Pages at the end of which there is not
/// one row are left out. A row of tiles with a damaged one is lost, since libvips gives black for it when it
/// is asked again; `tile_height` is 0 where there are none. Empty when there is no row at all.
[[nodiscard]] ReadablePixels decode_readable_pixels(const vips::VImage& image, int page_height,
                                                    int tile_height);

}  // namespace wm
