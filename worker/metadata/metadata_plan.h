#pragma once

// What to do with the metadata of one picture. Values.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace wm::metadata {

enum class CarryPolicy : std::uint8_t {
  keep,       // everything
  copyright,  // author and rights, and data that affect the appearance: ICC profile, orientation, density
  none,       // only data that affect the appearance
};

enum class ThumbnailPolicy : std::uint8_t {
  remake,  // from the marked picture; removed where that is impossible
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
  std::string copyright;  // UTF-8, replaces the existing text; empty: leaves it unchanged
  std::string artist;     // likewise
  /// The pixels have been turned upright: stored orientations become 1, and if the sides were swapped, so are
  /// the sizes in the metadata.
  bool orientation_baked = false;
  /// The output's stored size; 0: unknown, sizes in metadata stay.
  std::uint32_t width = 0, height = 0;
  /// Contents that XMP may promise and the output lacks: the video of a motion photo and other pictures after
  /// the picture; a gain map.
  bool trailer_gone = false, gain_map_gone = false;
  /// For outputs other than JPEG; without it their thumbnails are stripped. A JPEG is decoded itself.
  std::optional<PixelView> pixels;
};

[[nodiscard]] inline bool has_texts(const MetadataPlan& plan) {
  return !plan.copyright.empty() || !plan.artist.empty();
}

}  // namespace wm::metadata
