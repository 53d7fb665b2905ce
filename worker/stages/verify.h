#pragma once

// Decodes an encoded output completely before it is published (--verify). Costs about twice the decoding of
// the output and the memory of a second picture.
//
//   size, pages, channels   must be those of the marked picture
//   lossless formats        every sample is equal; of pixels that WebP and GIF show as transparent, only
//   alpha JPEGs marked in place   beyond the reach of a mark's MCUs, every sample equals the input's lossy
//   formats, Lab      the means of blocks of 16x16 pixels differ by 8 + (100 - quality) / 2 levels of
//                           255 at most, and on average by half of that; by more where a picture has less
//                           than a block. Means, since noise lost by a codec is not a fault, but a misplaced
//                           block is

#include <cstddef>
#include <span>

#include <vips/vips8>

#include "common/picture/picture_format.h"
#include "worker/marks/geometry.h"

namespace wm {

/// The encoder's input and its promised properties.
struct Coded {
  PictureFormat format = PictureFormat::unknown;
  vips::VImage image;  // pages stacked vertically
  int pages = 1;
  bool lossless = true;
  int quality = 100;  // if not lossless
  int bits = 0;       // bits of a sample or index where `image` has others; 0: as in `image`
};

/// Throws TaskFailure (write_error), std::bad_alloc.
void verify(std::span<const std::byte> file, const Coded& coded);

/// For a JPEG that was marked in place: beyond the reach of the marks' MCUs, every sample equals that of
/// `before`, the decoded input of that size. `marks` are in stored space. Throws as verify() does.
void verify_untouched(std::span<const std::byte> jpeg, std::span<const std::byte> before, Size size,
                      std::span<const Box> marks);

}  // namespace wm
