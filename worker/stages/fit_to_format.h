#pragma once

// The properties that a picture loses when it is written in another format, and those that no format can
// hold.

#include <string>
#include <vector>

#include <vips/vips8>

#include "worker/stages/picture.h"

namespace wm {

/// Throws TaskFailure (unsupported) when `format` cannot hold the picture's size or its pages: frames are
/// never dropped.
void check_fits(const Picture& picture, PictureFormat format);

/// The picture's image converted to samples, colours and alpha that `format` supports. Shares memory with the
/// picture where nothing changes. Throws vips::VError.
[[nodiscard]] vips::VImage fitted(const Picture& picture, PictureFormat format);

/// Whether the picture has transparent parts that become white in `format`. Inspects every pixel.
[[nodiscard]] bool loses_transparency(const Picture& picture, PictureFormat format);

/// Whether the picture may contain values brighter than white that `format` cannot represent.
[[nodiscard]] bool loses_highlights(const Picture& picture, PictureFormat format);

/// Whether the picture is an animation whose frames become pages in `format`.
[[nodiscard]] bool loses_timing(const Picture& picture, PictureFormat format);

/// The losses of samples in `fitted`, which fitted() made for `format`: "16 bits a sample became 8".
[[nodiscard]] std::vector<std::string> sample_losses(const Picture& picture, PictureFormat format,
                                                     const vips::VImage& fitted);

/// 8-bit integers with white at 255, in sRGB or grey; `keep_cmyk` allows CMYK as well.
[[nodiscard]] vips::VImage eight_bit(vips::VImage image, const PixelLayout& layout, bool keep_cmyk = false);

/// A copy of the header (not of the pixels) with only those fields that belong to the coded picture: the
/// profile, pages and their times, density. All others are carried over from file to file.
[[nodiscard]] vips::VImage without_metadata(const vips::VImage& image);

}  // namespace wm
