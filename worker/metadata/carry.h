#pragma once

// Shared by the containers' functions, which combine the bytes of the input and of the encoder's output,
// which has an ICC profile and no other metadata, into the final bytes. An output that cannot be read is
// returned unchanged, with a loss. Throws only std::bad_alloc.

#include <cstddef>
#include <cstdint>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"
#include "worker/metadata/thumbnail_maker.h"

namespace wm::metadata {

/// For EXIF and XMP, in containers without a limit of their own.
inline constexpr std::size_t largest_block = std::size_t{16} << 20;

/// Whether the input is a picture of the same container, or only carries the metadata blocks of a picture in
/// another one: then density and the like are taken from the output.
enum class Source : std::uint8_t { same_container, blocks };

struct Carry {
  const MetadataPlan& plan;
  ThumbnailMaker& thumbnails;
  Losses& losses;
  Source source = Source::same_container;
};

[[nodiscard]] Bytes carry_jpeg(ByteSpan input, ByteSpan output, const Carry& carry);
[[nodiscard]] Bytes carry_png(ByteSpan input, ByteSpan output, const Carry& carry);
[[nodiscard]] Bytes carry_webp(ByteSpan input, ByteSpan output, const Carry& carry);
[[nodiscard]] Bytes carry_gif(ByteSpan input, ByteSpan output, const Carry& carry);
[[nodiscard]] Bytes carry_tiff(ByteSpan input, ByteSpan output, const Carry& carry);

}  // namespace wm::metadata
