#pragma once

// Writes AVIF files with libavif and libaom, on this thread only. Independent of libvips.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "worker/avif/avif_source.h"

namespace wm::avif {

struct AvifEncoding {
  int quality = 60;                      // 1..100, as in libheif
  int speed = 6;                         // 0 (slow, small) .. 9
  std::span<const std::byte> exif, xmp;  // empty: none
};

/// Pixels that do not come from an AVIF, or have been turned since. Samples as in AvifSource.
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
  int orientation = 1;  // as in EXIF: the intended effect of the file's rotation and mirror
  Timing timing;        // of each frame, where there are several
};

/// Encodes the source's frames with the pixels of `samples` where they differ; everything else that a writer
/// must know (colours, apertures, rotation, timing) is unchanged. Throws AvifError, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> encode_marked(AvifSource& source, std::span<const std::byte> samples,
                                                   const AvifEncoding& encoding);

/// Throws AvifError, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> encode_new(const NewAvif& picture, const AvifEncoding& encoding);

/// False when this libavif has no decoder, or no encoder.
[[nodiscard]] bool can_decode();
[[nodiscard]] bool can_encode();
/// Of libavif; "" when it is not installed.
[[nodiscard]] std::string library_version();

/// Whether libavif would accept `block` as an EXIF block: otherwise it would reject the picture.
[[nodiscard]] bool is_exif(std::span<const std::byte> block);

}  // namespace wm::avif
