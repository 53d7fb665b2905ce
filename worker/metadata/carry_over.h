#pragma once

// What travels from an input file to its marked output beside the pixels, so that nothing is lost in silence.
// Whole files in memory; bytes of both may be hostile. One thread; nothing is kept between calls. Throws
// std::bad_alloc only: what cannot be read or has no place is a loss.
//
// The output is what the encoder wrote: the coded picture with its ICC profile and no other metadata
// (whatever else it has is replaced). Rules by container: docs/metadata.md.

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

/// JPEG, PNG, WebP, GIF and TIFF, the same or another container. An AVIF or HEIC output comes back as it is:
/// its blocks go through the encoder, see blocks_for_encoder().
[[nodiscard]] CarryResult carry_over(ByteSpan input, ByteSpan output, const MetadataPlan& plan);

/// The same when a decoder has read the blocks (HEIC and AVIF inputs): "exif-data" and "xmp-data".
[[nodiscard]] CarryResult carry_blocks(ByteSpan input, const MetadataBlocks& blocks, ByteSpan output,
                                       const MetadataPlan& plan);

/// Edits the metadata of a JPEG that was marked in place and has its input's segments: texts, policy, and the
/// thumbnails made again from its own pixels. Where nothing is asked, it comes back byte for byte.
[[nodiscard]] CarryResult edit_finished_jpeg(ByteSpan finished, const MetadataPlan& plan);

struct EncoderBlocks {
  Bytes exif;  // with "Exif\0\0", as libvips wants "exif-data"; empty: remove that field
  Bytes xmp;   // "xmp-data"
  std::vector<std::string> losses;
};
/// For outputs whose encoder writes the blocks itself (AVIF, HEIC). `read` are the blocks that libvips has
/// read where the input is HEIF; those of other inputs are read here. Thumbnails need plan.pixels.
[[nodiscard]] EncoderBlocks blocks_for_encoder(ByteSpan input, const std::optional<MetadataBlocks>& read,
                                               const MetadataPlan& plan);

/// The EXIF block of a JPEG, PNG, WebP or TIFF file, for ExifBlock; empty when there is none.
[[nodiscard]] Bytes find_exif(ByteSpan file);

}  // namespace wm::metadata
