#pragma once

// What is done to every picture of a job: the marks and the encoding. The recipe's hash decides whether an
// output of an earlier run is still up to date, so nothing that does not change pixels or bytes belongs here.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wm {

/// A number of pixels or a percentage of some length of the picture.
struct Length {
  enum class Unit : std::uint8_t { pixels, percent };
  double value = 0;
  Unit unit = Unit::pixels;
  bool operator==(const Length&) const = default;
};

/// Pixels of `length` where a percentage refers to `whole` pixels.
[[nodiscard]] constexpr double to_pixels(Length length, double whole) {
  return length.unit == Length::Unit::percent ? length.value * whole / 100.0 : length.value;
}

/// sRGB, 8 bit per channel; alpha 255 is opaque.
struct Colour {
  std::uint8_t red = 255, green = 255, blue = 255, alpha = 255;
  bool operator==(const Colour&) const = default;
};

enum class Gravity : std::uint8_t {
  northwest,
  north,
  northeast,
  west,
  center,
  east,
  southwest,
  south,
  southeast,
};
inline constexpr std::array<std::string_view, 9> gravity_names{
    "northwest", "north", "northeast", "west", "center", "east", "southwest", "south", "southeast"};

enum class ScaleOf : std::uint8_t { width, height, shorter, longer };
inline constexpr std::array<std::string_view, 4> scale_of_names{"width", "height", "short", "long"};

struct Logo {
  std::string path;              // where it was read from, for messages only
  std::vector<std::byte> bytes;  // the file's contents: every worker sees the same picture for the whole job
  bool operator==(const Logo&) const = default;
};

struct Text {
  std::string text;                       // UTF-8, not markup
  std::string font = "sans";              // a Pango font description without a size
  Length size{5, Length::Unit::percent};  // font size; a percentage is of the picture's shorter side
  Colour fill;
  bool operator==(const Text&) const = default;
};

/// One visible mark. Marks are placed in display space, that is after the EXIF orientation is applied.
struct Mark {
  std::variant<Logo, Text> source;
  Gravity gravity = Gravity::southeast;
  Length offset_x, offset_y;    // inwards from the gravity's edges; right and down where it names no edge;
                                // a percentage is of the picture's width (x) or height (y)
  std::optional<double> scale;  // length of the mark's side as a fraction of the picture's (0.15 = 15 %)
  ScaleOf scale_of = ScaleOf::width;  // which side: width = mark's width to picture's width, height likewise,
                                      // short and long = mark's longer side to the picture's short/long side
  double opacity = 1;                 // 0..1, 1 = opaque
  bool operator==(const Mark&) const = default;
};

enum class OutputFormat : std::uint8_t { keep, jpeg, png, webp, tiff, avif };
inline constexpr std::array<std::string_view, 6> output_format_names{"keep", "jpeg", "png",
                                                                     "webp", "tiff", "avif"};

enum class MetadataPolicy : std::uint8_t { keep, none };
inline constexpr std::array<std::string_view, 2> metadata_policy_names{"keep", "none"};

struct Encoding {
  OutputFormat format = OutputFormat::keep;
  std::optional<int> quality;  // 1..100; none: as near to the input's as the format allows
  MetadataPolicy metadata = MetadataPolicy::keep;
  bool operator==(const Encoding&) const = default;
};

struct Recipe {
  std::vector<Mark> marks;
  Encoding encoding;
  bool operator==(const Recipe&) const = default;
};

/// 128 bits over the recipe's text form and the logos' bytes.
using RecipeHash = std::array<std::byte, 16>;
[[nodiscard]] RecipeHash hash(const Recipe& recipe);

}  // namespace wm
