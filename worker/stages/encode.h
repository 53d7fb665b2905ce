#pragma once

// Stage 3: from pixels to the bytes of the output file, in the input's format and quality unless the recipe
// says otherwise.
//
//   JPEG   quality and progression of the input's header; 4:2:0 when the input had it, else 4:4:4; alpha is
//          flattened on white
//   PNG    depth and interlacing of the input, no palette
//   WebP   lossless when the input was, else quality 85; animations stay animations
//   TIFF   compression and tiling of the input where the result can have them, else deflate
//   GIF    a palette of the result's own colours, no dithering: colours that fit are kept exactly
//   AVIF   quality 60, depth of the input
// Metadata and the ICC profile stay; MetadataPolicy::none leaves what the look depends on: profile and
// orientation.

#include <cstddef>
#include <memory>
#include <span>

#include <vips/vips8>

#include "common/job/recipe.h"
#include "worker/log/logger.h"
#include "worker/stages/picture.h"

namespace wm {

/// The bytes of an output file, in memory of libvips.
class EncodedPicture {
 public:
  explicit EncodedPicture(VipsBlob* blob) : blob_(blob) {}
  [[nodiscard]] std::span<const std::byte> bytes() const {
    std::size_t size = 0;
    const void* data = vips_blob_get(blob_.get(), &size);
    return {static_cast<const std::byte*>(data), size};
  }

 private:
  struct Unref {
    void operator()(VipsBlob* blob) const { vips_area_unref(VIPS_AREA(blob)); }
  };
  std::unique_ptr<VipsBlob, Unref> blob_;
};

/// Throws TaskFailure (unsupported) for what the format cannot hold, vips::VError, std::bad_alloc.
[[nodiscard]] EncodedPicture encode(const Picture& picture, const Encoding& encoding, Logger& log);

}  // namespace wm
