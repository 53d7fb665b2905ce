#pragma once

// Carries the input's metadata over to the encoded output: translates the recipe into the terms of
// worker/metadata.

#include <optional>
#include <string>
#include <vector>

#include <vips/vips8>

#include "common/job/encoding.h"
#include "worker/metadata/carry_over.h"
#include "worker/stages/picture.h"

namespace wm {

class MetadataCarrier {
 public:
  /// Borrows both. `upright` pictures need no orientation in the output.
  MetadataCarrier(const Picture& picture, const Encoding& encoding);

  /// For AVIF and HEIC, whose encoder writes the blocks itself: sets them in `image`, which owns its copies.
  /// Adds to `losses`.
  void give_to_encoder(vips::VImage& image, std::vector<std::string>& losses) const;

  /// The blocks that the encoder of AVIF and HEIC must write itself. Adds to `losses`.
  [[nodiscard]] metadata::EncoderBlocks blocks_for_encoder(std::vector<std::string>& losses) const;

  /// Appends to a finished AVIF or HEIC the boxes of an AVIF or HEIC input that are not part of its picture,
  /// such as the video of a motion photo.
  void append_boxes(std::vector<std::byte>& file) const;

  /// Returns the finished file; `encoded` was saved without metadata except for its profile.
  [[nodiscard]] std::vector<std::byte> carry(std::span<const std::byte> encoded,
                                             std::vector<std::string>& losses) const;

  /// For a JPEG that was marked in place and therefore already has the input's metadata.
  [[nodiscard]] std::vector<std::byte> edit_finished(std::span<const std::byte> finished,
                                                     std::vector<std::string>& losses) const;

 private:
  void make_small_picture();
  [[nodiscard]] std::optional<metadata::MetadataBlocks> blocks_of_heif() const;

  const Picture& picture_;
  metadata::MetadataPlan plan_;
  std::vector<std::byte> thumbnail_pixels_;  // borrowed by the plan
};

}  // namespace wm
