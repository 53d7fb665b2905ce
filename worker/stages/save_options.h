#pragma once

// Which libvips saver writes a format, and with which options: the input's, unless the recipe overrides them.
// JPEG, TIFF and most PNG files have their own writers.

#include <memory>

#include <vips/vips8>

#include "common/job/encoding.h"
#include "worker/stages/picture.h"

namespace wm {

struct Saver {
  const char* operation;
  std::unique_ptr<vips::VOption> options;
  bool lossless = true;  // decodes to identical samples
  int quality = 100;     // if not lossless
};

/// `image` is the image to save. Throws TaskFailure (unsupported) for formats that this libvips cannot write.
[[nodiscard]] Saver saver_for(PictureFormat format, const Picture& picture, const vips::VImage& image,
                              const Encoding& encoding);

/// Compression level of libdeflate or zlib for a PNG.
[[nodiscard]] int png_compression(const Picture& picture, const Encoding& encoding);

/// Adam7 for a PNG, progression for a JPEG.
[[nodiscard]] bool is_progressive(PictureFormat format, const Picture& picture, const Encoding& encoding);

}  // namespace wm
