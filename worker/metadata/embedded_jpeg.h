#pragma once

// JPEG streams inside other data: thumbnails and the previews that maker notes hide. ITU T.81 Annex B. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "worker/metadata/bytes.h"

namespace wm::metadata {

struct JpegExtent {
  std::size_t size = 0;  // from SOI to behind EOI, or to the end of the data when there is no EOI
  std::uint32_t width = 0, height = 0;
  bool whole = false;
};

/// None unless `bytes` begins with a JPEG that has a frame and a scan.
[[nodiscard]] std::optional<JpegExtent> jpeg_extent(ByteSpan bytes);

/// Overwrites every JPEG stream of `block` that begins outside `spare` with zeros. A stream without an end is
/// overwritten up to the next of `borders`, which are sorted. Returns how many there were; none when there
/// are so many beginnings that the block is not to be trusted.
[[nodiscard]] std::optional<std::size_t> wipe_embedded_jpegs(Bytes& block, ByteRange spare,
                                                             std::span<const std::size_t> borders);

}  // namespace wm::metadata
