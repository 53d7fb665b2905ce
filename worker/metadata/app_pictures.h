#pragma once

// Pictures hidden in a JPEG's application segments: raw previews that cameras store in one or several
// segments; FlashPix streams (EXIF 2.32 section 4.7.2); thumbnails in JUMBF boxes, as in C2PA (ISO/IEC
// 19566-5); and those in extended XMP (XMP Specification Part 3, section 1.1.3.1). Pure.

#include <optional>
#include <vector>

#include "worker/container/jpeg_segments.h"
#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

class AppPictures {
 public:
  AppPictures(const JpegSegments& file, const MetadataPlan& plan, Losses& losses);
  /// Whether the segment with that index is removed.
  [[nodiscard]] bool is_gone(std::size_t segment) const { return gone_[segment]; }
  /// The new payload of that segment; null when it is unchanged.
  [[nodiscard]] const Bytes* changed_payload(std::size_t segment) const;

 private:
  using Indices = std::vector<std::size_t>;
  void find_previews();
  void find_previews_in(const Indices& run);
  void find_flashpix();
  void find_jumbf();
  void find_extended_xmp();
  void blank_extension(Indices segments);
  void drop(const Indices& segments);

  const JpegSegments& file_;
  ThumbnailPolicy policy_;
  Losses& losses_;
  std::vector<bool> gone_;
  struct Changed {
    std::size_t segment = 0;
    Bytes payload;
  };
  std::vector<Changed> changed_;
};

}  // namespace wm::metadata
