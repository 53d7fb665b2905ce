#pragma once

// Writes AVIF files by libavif and libaom, on this thread only. Knows no libvips.

#include <cstddef>
#include <span>
#include <vector>

#include "worker/avif/avif_source.h"

namespace wm::avif {

struct AvifEncoding {
  int quality = 60;                      // 1..100, as libheif counts
  int speed = 6;                         // 0 (slow, small) .. 9
  std::span<const std::byte> exif, xmp;  // empty: none
};

/// Pixels that were no AVIF before, or have been turned since. Samples as AvifSource has them.
struct NewAvif {
  int width = 0, height = 0;  // of a frame
  int frames = 1;
  int bands = 3;  // 1 and 2 are grey
  int sample_bytes = 1;
  std::span<const std::byte> samples;
  int depth = 8;                 // 8, 10 or 12
  Chroma chroma = Chroma::s420;  // ignored for grey
  std::span<const std::byte> icc;
  ColourCodes colour;
  bool premultiplied = false;  // in the file
  PixelAspect pixel_aspect;
  int orientation = 1;  // as EXIF counts: what rotation and mirror of the file are to do
  Timing timing;        // of each frame, where there are several
};

/// The source's frames with the pixels of `samples` where they differ, everything else of it that a writer
/// has to know (colours, apertures, rotation, timing) as it was. Throws AvifError, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> encode_marked(AvifSource& source, std::span<const std::byte> samples,
                                                   const AvifEncoding& encoding);

/// Throws AvifError, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> encode_new(const NewAvif& picture, const AvifEncoding& encoding);

/// False when this libavif has no decoder, or no encoder.
[[nodiscard]] bool can_decode();
[[nodiscard]] bool can_encode();

/// Whether libavif would take `block` for an EXIF block: one that it takes for none costs the picture.
[[nodiscard]] bool is_exif(std::span<const std::byte> block);

}  // namespace wm::avif
