#pragma once

// Classifies the tags of a TIFF directory: some describe the picture as a whole and may be copied to another
// file, others describe how its samples are stored. TIFF 6.0, its supplements, and common practice. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"
#include "worker/metadata/tiff_writer.h"

namespace wm::metadata {

enum class TiffTagKind : std::uint8_t {
  storage,      // determined by the encoder
  description,  // Make, DateTime, Rating, geographic tags...
  colours,      // the definition of red, green and blue: WhitePoint, PrimaryChromaticities
  samples,      // the meaning of the numbers: TransferFunction, InkNames, ReferenceBlackWhite...
  range,        // the smallest and the largest sample
  rights,       // Artist, Copyright
  density,
  orientation,
  xmp,
  iptc,
  irb,
  exif,
  gps,
  directory,  // points to further tags
  pictures,   // further pictures: sub-directories, layers
  sensor,     // of raw pictures, which outputs never are: DNG, CFA
  custom,     // private to any program
};
[[nodiscard]] TiffTagKind tiff_tag_kind(std::uint16_t tag);

namespace tiff_tag {
inline constexpr std::uint16_t xmp = 700, iptc = 33723, irb = 34377;
}  // namespace tiff_tag

/// All tags that describe the picture independently of its samples, so that they can be removed from an
/// output that already has some.
[[nodiscard]] std::span<const std::uint16_t> tiff_description_tags();

/// A page of the input and the same page of the output.
class SamplesOfPages {
 public:
  SamplesOfPages(const TiffReader& from, const TiffDirectory& old_page, const TiffReader& to,
                 const TiffDirectory& new_page);
  /// Whether a field of these kinds also holds for the new page: colours, samples, range.
  [[nodiscard]] bool still_right(const TiffReader& from, const TiffField& field) const;

 private:
  struct Form {
    std::uint32_t photometric = 0, samples = 1, format = 1;
    std::vector<std::uint32_t> bits;
    bool operator==(const Form&) const = default;
  };
  static Form form_of(const TiffReader& reader, const TiffDirectory& page);
  Form old_, new_;
};

/// A copy of the EXIF or GPS directory with its subordinate data, edited according to the plan. Offsets
/// inside a maker note cannot be repaired: reported.
[[nodiscard]] NewDirectory copied_exif_directory(const TiffReader& from, const TiffDirectory& directory,
                                                 const MetadataPlan& plan, TiffLayout to, Losses& losses);

/// A copy of a field with unknown contents. Unless the thumbnail policy is `keep`, JPEG streams in its bytes
/// become zeros.
[[nodiscard]] NewField copied_custom_field(const TiffReader& from, const TiffField& field,
                                           const MetadataPlan& plan, TiffLayout to, Losses& losses);

/// The directory that such a field points to. Nullopt, and a loss, when it has pictures or cannot be read.
[[nodiscard]] std::optional<NewDirectory> copied_custom_directory(const TiffReader& from,
                                                                  const TiffField& pointer,
                                                                  const MetadataPlan& plan, TiffLayout to,
                                                                  Losses& losses);

}  // namespace wm::metadata
