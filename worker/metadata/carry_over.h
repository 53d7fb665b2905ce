#pragma once

// Carries everything but the pixels from an input file to its marked output, so that nothing is lost
// silently. Works on whole files in memory; the bytes of both may be hostile. One thread; keeps no state
// between calls. Throws only std::bad_alloc: unreadable data, or data without a place in the output, are
// losses.
//
// The output is the encoder's result: the coded picture with its ICC profile and no other metadata (any
// others are replaced). Rules by container: docs/metadata.md.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/metadata/containers.h"
#include "worker/metadata/heif_extras.h"
#include "worker/metadata/metadata_blocks.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

struct CarryResult {
  Bytes bytes;                      // the output with the input's metadata
  std::vector<std::string> losses;  // short phrases; empty when nothing was lost
};

/// JPEG, PNG, WebP, GIF and TIFF, the same or another container. An AVIF or HEIC output is returned
/// unchanged: its blocks go through the encoder, see blocks_for_encoder().
[[nodiscard]] CarryResult carry_over(ByteSpan input, ByteSpan output, const MetadataPlan& plan);

/// Likewise for blocks read by a decoder (HEIC and AVIF inputs): "exif-data" and "xmp-data".
[[nodiscard]] CarryResult carry_blocks(ByteSpan input, const MetadataBlocks& blocks, ByteSpan output,
                                       const MetadataPlan& plan);

/// Edits the metadata of a JPEG that was marked in place and has its input's segments: applies texts and
/// policy, and remakes the thumbnails from its own pixels. Without any requested change, it is returned byte
/// for byte.
[[nodiscard]] CarryResult edit_finished_jpeg(ByteSpan finished, const MetadataPlan& plan);

struct EncoderBlocks {
  Bytes exif;  // with "Exif\0\0", as libvips expects in "exif-data"; empty: remove that field
  Bytes xmp;   // "xmp-data"
  std::vector<std::string> losses;
};
/// For outputs whose encoder writes the blocks itself (AVIF, HEIC). `read` contains the blocks read by
/// libvips if the input is HEIF; those of other inputs are read here. Thumbnails need plan.pixels.
[[nodiscard]] EncoderBlocks blocks_for_encoder(ByteSpan input, const std::optional<MetadataBlocks>& read,
                                               const MetadataPlan& plan);

/// The EXIF block of a JPEG, PNG, WebP or TIFF file, for ExifBlock; empty when there is none.
[[nodiscard]] Bytes find_exif(ByteSpan file);

}  // namespace wm::metadata
