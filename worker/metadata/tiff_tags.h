#pragma once

// Which tags of a TIFF directory describe the picture as a whole and may go to another file, and which ones
// describe how its samples are stored. TIFF 6.0, its supplements, and what is in use. Pure.

#include <cstdint>
#include <span>

#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"
#include "worker/metadata/tiff_writer.h"

namespace wm::metadata {

enum class TiffTagKind : std::uint8_t {
  storage,      // the encoder's own business
  description,  // Make, DateTime, Rating, geographic tags...
  rights,       // Artist, Copyright
  density,
  orientation,
  xmp,
  iptc,
  irb,
  exif,
  gps,
  pictures,  // further pictures: sub-directories, layers
  unknown,
};
[[nodiscard]] TiffTagKind tiff_tag_kind(std::uint16_t tag);

namespace tiff_tag {
inline constexpr std::uint16_t xmp = 700, iptc = 33723, irb = 34377;
}  // namespace tiff_tag

/// All tags that tell something about the picture, so that an output that has some already can lose them.
[[nodiscard]] std::span<const std::uint16_t> tiff_description_tags();

/// A copy of the EXIF or GPS directory with what hangs on it, as the plan wants it. Offsets inside a maker
/// note cannot be mended: reported.
[[nodiscard]] NewDirectory copied_exif_directory(const TiffReader& from, const TiffDirectory& directory,
                                                 const MetadataPlan& plan, Endian order, Losses& losses);

}  // namespace wm::metadata
