#pragma once

// What a picture must give up to be written in another format than its own, and what no format can do.

#include <string>
#include <vector>

#include <vips/vips8>

#include "worker/stages/picture.h"

namespace wm {

/// Throws TaskFailure (unsupported) when `format` cannot hold the picture's size or its pages: frames are
/// never dropped.
void check_fits(const Picture& picture, PictureFormat format);

/// The picture's image with samples, colours and alpha that `format` has. Shares memory with the picture
/// where nothing changes. Throws vips::VError.
[[nodiscard]] vips::VImage fitted(const Picture& picture, PictureFormat format);

/// Whether something of the picture is seen through that `format` makes white. Looks at every pixel.
[[nodiscard]] bool loses_transparency(const Picture& picture, PictureFormat format);

/// Whether the picture may be lighter than white in a way that `format` has no numbers for.
[[nodiscard]] bool loses_highlights(const Picture& picture, PictureFormat format);

/// What the samples lose in `fitted`, which fitted() made for `format`: "16 bits a sample became 8".
[[nodiscard]] std::vector<std::string> sample_losses(const Picture& picture, PictureFormat format,
                                                     const vips::VImage& fitted);

/// Integers of 8 bits, of which white is 255, in sRGB or grey; `keep_cmyk`: or CMYK.
[[nodiscard]] vips::VImage eight_bit(vips::VImage image, const PixelLayout& layout, bool keep_cmyk = false);

/// A copy of the header (not of the pixels) with what belongs to the coded picture only: the profile, pages
/// and their times, density. The rest is carried over from file to file.
[[nodiscard]] vips::VImage without_metadata(const vips::VImage& image);

}  // namespace wm
