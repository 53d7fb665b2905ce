#pragma once

// Makes JPEG thumbnails of a marked picture: from its pixels, or from the finished JPEG, which libjpeg
// decodes at as little as 1/8 of its size. Does no work until the first thumbnail is requested. One thread.

#include <cstdint>
#include <optional>

#include "worker/metadata/containers.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

struct ThumbnailBox {
  std::uint32_t width = 160, height = 120;
};

/// 8-bit RGB.
struct SmallPicture {
  std::uint32_t width = 0, height = 0;
  Bytes samples;
};

class ThumbnailMaker {
 public:
  /// Borrows both. Uses the pixels if given, else decodes `jpeg`; without either nothing can be made.
  ThumbnailMaker(std::optional<PixelView> pixels, ByteSpan jpeg) : pixels_(pixels), jpeg_(jpeg) {}

  /// A JPEG not larger than the box, with the picture's proportions, of at most `max_bytes`: the quality is
  /// lowered until it fits. Nullopt when it cannot be made or does not fit.
  [[nodiscard]] std::optional<Bytes> make(ThumbnailBox box, std::size_t max_bytes);

 private:
  [[nodiscard]] const SmallPicture& source();
  std::optional<PixelView> pixels_;
  ByteSpan jpeg_;
  std::optional<SmallPicture> source_;
};

}  // namespace wm::metadata
