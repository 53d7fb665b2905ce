#pragma once

// What a picture must give up to be written in another format than its own, and what no format can do.

#include <vips/vips8>

#include "worker/stages/picture.h"

namespace wm {

/// Throws TaskFailure (unsupported) when `format` cannot hold the picture's size or its pages: frames are
/// never dropped.
void check_fits(const Picture& picture, PictureFormat format);

/// The picture's image with samples, colours and alpha that `format` has. Shares memory with the picture
/// where nothing changes. Throws vips::VError.
[[nodiscard]] vips::VImage fitted(const Picture& picture, PictureFormat format);

/// A copy of the header (not of the pixels) without anything that does not change the look.
[[nodiscard]] vips::VImage without_metadata(const vips::VImage& image);

}  // namespace wm
