#pragma once

// JPEG streams inside other data: thumbnails, and previews hidden in maker notes. ITU T.81 Annex B. A stream
// is recognised by its structure, not by its beginning: enciphered maker notes are full of FF D8 FF. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "worker/metadata/containers.h"

namespace wm::metadata {

struct JpegExtent {
  std::size_t size = 0;  // from SOI to the end of EOI, or to the end of the data when there is no EOI
  std::uint32_t width = 0, height = 0;
  int components = 0;
  bool whole = false;
};

/// Nullopt unless `bytes` begins with a JPEG: sound segments up to a frame and a scan.
[[nodiscard]] std::optional<JpegExtent> jpeg_extent(ByteSpan bytes);

struct EmbeddedJpeg {
  ByteRange range;  // within the searched data
  JpegExtent extent;
};

/// All JPEG streams of `data` that begin outside `spare`, sorted and disjoint; including those whose first
/// byte is not FF, as some cameras write previews. A stream without an end extends to the next of `borders`,
/// which are sorted. Takes time proportional to the size of the data, whatever its contents.
[[nodiscard]] std::vector<EmbeddedJpeg> embedded_jpegs(ByteSpan data, ByteRange spare = {},
                                                       std::span<const std::size_t> borders = {});

/// Overwrites all streams with zeros. Returns their number.
std::size_t wipe_embedded_jpegs(Bytes& data);

}  // namespace wm::metadata
