#pragma once

// Brings the input's metadata to the encoded output: what the recipe says, in the terms of worker/metadata.

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
  /// Borrows all of it. `upright` says that the output's pixels need no orientation.
  MetadataCarrier(const Picture& picture, const Encoding& encoding);

  /// For AVIF and HEIC, whose encoder writes the blocks itself: sets them in `image`, which becomes the
  /// owner of copies. `losses` grows.
  void give_to_encoder(vips::VImage& image, std::vector<std::string>& losses) const;

  /// What the encoder is to write itself: of AVIF and HEIC. `losses` grows.
  [[nodiscard]] metadata::EncoderBlocks blocks_for_encoder(std::vector<std::string>& losses) const;

  /// To a finished AVIF or HEIC: boxes of an input of these kinds that are no part of its picture, such as
  /// the video of a motion photo.
  void append_boxes(std::vector<std::byte>& file) const;

  /// The finished file; `encoded` has been saved without metadata but its profile.
  [[nodiscard]] std::vector<std::byte> carry(std::span<const std::byte> encoded,
                                             std::vector<std::string>& losses) const;

  /// A JPEG that was marked in place, and so has the input's metadata already.
  [[nodiscard]] std::vector<std::byte> edit_finished(std::span<const std::byte> finished,
                                                     std::vector<std::string>& losses) const;

 private:
  void make_small_picture();
  [[nodiscard]] std::optional<metadata::MetadataBlocks> blocks_of_heif() const;

  const Picture& picture_;
  metadata::MetadataPlan plan_;
  std::vector<std::byte> thumbnail_pixels_;  // what the plan borrows
};

}  // namespace wm
