#pragma once

// How outputs are written: format, quality, and which metadata of the input are kept. Values only.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wm {

enum class OutputFormat : std::uint8_t { keep, jpeg, png, webp, tiff, avif };
inline constexpr std::array<std::string_view, 6> output_format_names{"keep", "jpeg", "png",
                                                                     "webp", "tiff", "avif"};

/// Chroma subsampling of a JPEG or AVIF.
enum class Subsampling : std::uint8_t { keep, s444, s422, s420 };
inline constexpr std::array<std::string_view, 4> subsampling_names{"keep", "444", "422", "420"};

/// A yes-or-no property that follows the input by default.
enum class KeepOr : std::uint8_t { keep, yes, no };
inline constexpr std::array<std::string_view, 3> keep_or_names{"keep", "true", "false"};

enum class MetadataPolicy : std::uint8_t {
  keep,
  copyright,  // author and rights, and everything that affects the appearance
  none,       // only what affects the appearance: colour profile, orientation, density
};
inline constexpr std::array<std::string_view, 3> metadata_policy_names{"keep", "copyright", "none"};

/// The thumbnail inside the metadata; the input's would show the picture without marks.
enum class ThumbnailPolicy : std::uint8_t { remake, strip, keep };
inline constexpr std::array<std::string_view, 3> thumbnail_policy_names{"remake", "strip", "keep"};

/// How a JPEG becomes a JPEG.
enum class JpegPathChoice : std::uint8_t {
  automatic,  // in place where possible
  dct,        // in place, or the picture fails
  pixel,      // decoded and encoded again
};
inline constexpr std::array<std::string_view, 3> jpeg_path_names{"auto", "dct", "pixel"};

struct Encoding {
  OutputFormat format = OutputFormat::keep;
  std::optional<int> quality;  // 1..100; none: as near to the input's as the format allows
  Subsampling subsampling = Subsampling::keep;
  KeepOr progressive = KeepOr::keep;   // JPEG: progressive; PNG: interlaced
  std::optional<int> png_compression;  // 0..9, zlib's scale
  KeepOr lossless = KeepOr::keep;      // WebP
  std::optional<int> avif_speed;       // 0 (slow, small) .. 9
  MetadataPolicy metadata = MetadataPolicy::keep;
  ThumbnailPolicy thumbnail = ThumbnailPolicy::remake;
  std::string copyright, artist;  // UTF-8, written into the metadata; empty: as in the input
  bool autorotate = false;        // pixels are turned upright, and the orientation tag is set accordingly
  JpegPathChoice jpeg_path = JpegPathChoice::automatic;
  bool operator==(const Encoding&) const = default;
};

}  // namespace wm
