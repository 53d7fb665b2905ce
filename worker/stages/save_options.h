#pragma once

// Which saver of libvips writes a format, and with what options: the input's, unless the recipe has others.
// JPEG, TIFF and most PNG files have writers of their own.

#include <memory>

#include <vips/vips8>

#include "common/job/encoding.h"
#include "worker/stages/picture.h"

namespace wm {

struct Saver {
  const char* operation;
  std::unique_ptr<vips::VOption> options;
  bool lossless = true;  // the same samples come back
  int quality = 100;     // where it is not
};

/// `image` is what will be saved. Throws TaskFailure (unsupported) for
/// formats that this libvips cannot write.
[[nodiscard]] Saver saver_for(PictureFormat format, const Picture& picture, const vips::VImage& image,
                              const Encoding& encoding);

/// Level of libdeflate or zlib for a PNG.
[[nodiscard]] int png_compression(const Picture& picture, const Encoding& encoding);

/// Adam7 for a PNG, progression for a JPEG.
[[nodiscard]] bool is_progressive(PictureFormat format, const Picture& picture, const Encoding& encoding);

}  // namespace wm
