#pragma once

// What is to happen to the metadata of one picture. Values.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace wm::metadata {

enum class CarryPolicy : std::uint8_t {
  keep,       // everything
  copyright,  // author and rights, and what the look needs: ICC profile, orientation, density
  none,       // what the look needs
};

enum class ThumbnailPolicy : std::uint8_t {
  remake,  // from the marked picture; what cannot be made again is taken out
  strip,
  keep,  // shows the unmarked picture
};

/// Marked pixels, 8 bit, 1 (grey) or 3 (RGB) bands interleaved, row by row without gaps, in the output's
/// stored orientation. Any size: thumbnails are averages of it. Borrowed.
struct PixelView {
  std::uint32_t width = 0, height = 0;
  int bands = 3;
  std::span<const std::byte> samples;
};

struct MetadataPlan {
  CarryPolicy policy = CarryPolicy::keep;
  ThumbnailPolicy thumbnail = ThumbnailPolicy::remake;
  std::string copyright;  // UTF-8, replaces what is there; empty: left alone
  std::string artist;     // likewise
  /// The pixels have been turned upright: stored orientations become 1, and where the sides have swapped so
  /// do the sizes that metadata mention.
  bool orientation_baked = false;
  /// Of the output as stored; 0: not known, sizes in metadata stay.
  std::uint32_t width = 0, height = 0;
  /// What XMP may promise and the output does not have: the video of a motion photo and other pictures after
  /// the picture; a gain map.
  bool trailer_gone = false, gain_map_gone = false;
  /// For outputs that are no JPEG; without it their thumbnails are stripped. A JPEG is looked at itself.
  std::optional<PixelView> pixels;
};

[[nodiscard]] inline bool has_texts(const MetadataPlan& plan) {
  return !plan.copyright.empty() || !plan.artist.empty();
}

}  // namespace wm::metadata
