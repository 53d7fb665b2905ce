#pragma once

// Reads an encoded output again, whole, before it is published (--verify). Costs about twice the decoding of
// the output and the memory of a second picture.
//
//   size, pages, channels   must be those of the marked picture
//   lossless formats        every sample is the same; of pixels that WebP and GIF show as transparent, alpha
//   JPEGs marked in place   farther from a mark than its MCUs reach, every sample is that of the input
//   lossy formats, Lab      the means of blocks of 16x16 pixels differ by 8 + (100 - quality) / 2 levels of
//                           255 at most, and on average by half of that; by more where a picture has less
//                           than a block. Means, since noise that a codec drops is no fault, and a block in
//                           the wrong place is one

#include <cstddef>
#include <span>

#include <vips/vips8>

#include "common/picture/picture_format.h"
#include "worker/marks/geometry.h"

namespace wm {

/// What an encoder was given and what it promised.
struct Coded {
  PictureFormat format = PictureFormat::unknown;
  vips::VImage image;  // pages one below another
  int pages = 1;
  bool lossless = true;
  int quality = 100;  // where it is not
  int bits = 0;       // a sample or index where `image` has other ones; 0: as in `image`
};

/// Throws TaskFailure (write_error), std::bad_alloc.
void verify(std::span<const std::byte> file, const Coded& coded);

/// Of a JPEG that was marked in place: farther from the marks than its MCUs reach, every sample is what
/// `before` has, the decoded input of that size. `marks` are in stored space. Throws as verify() does.
void verify_untouched(std::span<const std::byte> jpeg, std::span<const std::byte> before, Size size,
                      std::span<const Box> marks);

}  // namespace wm
