#pragma once

// The declared contents of a HEIF or AVIF file: items, tracks and other boxes (ISO/IEC 14496-12, 23008-12,
// AV1 Image File Format). Does not decode pictures. Total: in a damaged file less is found; throws only
// std::bad_alloc. Views borrow the file.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace wm {

/// The coding of colours, by the numbers of ITU-T H.273.
struct ColourCodes {
  int primaries = 2;  // 2: unspecified
  int transfer = 2;
  int matrix = 2;
  bool full_range = true;
  bool operator==(const ColourCodes&) const = default;
};

/// The size of the visible pixels, as fractions.
struct CleanAperture {
  std::uint32_t width = 0, width_divisor = 1, height = 0, height_divisor = 1;
};

struct HeifItem {
  std::uint32_t id = 0;
  std::string_view type;          // "av01", "hvc1", "grid", "Exif", "mime", "tmap"
  std::string_view content_type;  // of "mime"
  bool hidden = false;
  std::vector<std::span<const std::byte>> extents;  // the parts within the file
  std::uint64_t bytes = 0;                          // of all extents, as recorded in the file
  bool within_file = true;                          // every extent is within the file
  std::uint32_t width = 0, height = 0;              // before it is turned; 0: not recorded
  std::string_view auxiliary;                       // the purpose of an auxiliary picture: a URN
  std::optional<ColourCodes> colour;
  std::uint64_t profile_bytes = 0;
  int chroma_format = -1;                    // of HEVC: 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4
  std::span<const std::byte> configuration;  // of its decoder: the content of hvcC or av1C
  bool properties_exist = true;              // all properties associated with it exist
  std::optional<CleanAperture> aperture;     // the visible part of width and height
  /// A coded picture, or one composed of others.
  [[nodiscard]] bool is_picture() const;
};

struct HeifReference {
  std::string_view type;  // "auxl", "thmb", "cdsc", "dimg", "prem"
  std::uint32_t from = 0;
  std::vector<std::uint32_t> to;
};

/// How often a sequence is shown.
struct Repetition {
  enum class Kind : std::uint8_t { unsaid, times, endless };
  Kind kind = Kind::unsaid;
  std::uint64_t times = 1;  // in total
  bool operator==(const Repetition&) const = default;
};

struct HeifTrack {
  std::string_view handler;  // "pict", "auxv", "soun"
  std::string_view coding;   // "av01", "hvc1"
  std::uint64_t samples = 0;
  bool within_file = true;  // every chunk begins within the file
  Repetition repetition;
  [[nodiscard]] bool has_pictures() const { return handler == "pict" || handler == "vide"; }
};

struct HeifContents {
  std::string_view major_brand;
  std::vector<std::string_view> compatible_brands;
  std::uint32_t primary_id = 0;
  std::vector<HeifItem> items;
  std::span<const std::byte> item_data;  // the content of the meta box's idat
  std::vector<HeifReference> references;
  std::vector<HeifTrack> tracks;
  struct Other {
    std::string_view type;
    std::span<const std::byte> whole;
  };
  std::vector<Other> other_boxes;  // of the file itself, outside of the picture: "mpvd", "sefd"
  std::uint64_t bytes_after = 0;   // after the last box
  bool boxes_within_file = true;

  [[nodiscard]] const HeifItem* item(std::uint32_t id) const;
  [[nodiscard]] const HeifItem* primary() const { return item(primary_id); }
  /// The item that codes the primary picture's colours: a grid's first tile, else the item itself.
  [[nodiscard]] const HeifItem* coded_primary() const;
  [[nodiscard]] bool has_brand(std::string_view brand) const;
};

[[nodiscard]] HeifContents read_heif_contents(std::span<const std::byte> file);

/// Independent pictures besides the primary one: without tiles, thumbnails, masks and maps.
[[nodiscard]] std::vector<const HeifItem*> other_pictures(const HeifContents& contents);

/// Coded with AV1, so that an AVIF decoder can read it; else its pictures are HEVC, or of unknown coding.
[[nodiscard]] bool is_avif(const HeifContents& contents);

/// The number of frames of its picture track, if viewers show that instead of the primary picture; 1 for a
/// still.
[[nodiscard]] std::uint64_t frames_shown(const HeifContents& contents);

}  // namespace wm
