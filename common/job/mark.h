#pragma once

// One visible mark: what is drawn, where, and how it is blended with the picture. Values only. Each
// percentage documents what it refers to; angles are degrees clockwise as the viewer sees them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wm {

/// A number of pixels or a percentage of some length.
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

/// How the mark's colour is combined with the picture's where the mark is opaque: the separable modes of W3C
/// Compositing and Blending Level 1, section 9.1, computed on the picture's own samples.
enum class BlendMode : std::uint8_t {
  over,
  multiply,
  screen,
  overlay,
  darken,
  lighten,
  color_dodge,
  color_burn,
  hard_light,
  soft_light,
  difference,
  exclusion,
};
inline constexpr std::array<std::string_view, 12> blend_mode_names{
    "over",        "multiply",   "screen",     "overlay",    "darken",     "lighten",
    "color-dodge", "color-burn", "hard-light", "soft-light", "difference", "exclusion"};

/// Copies of the mark over the whole picture. brick: every second row is shifted by half a step.
enum class Tile : std::uint8_t { none, grid, brick };
inline constexpr std::array<std::string_view, 3> tile_names{"none", "grid", "brick"};

/// How a mark is treated whose box is larger than the picture.
enum class IfTooBig : std::uint8_t {
  shrink,  // until it fits, with its proportions kept
  clip,    // the part that does not fit is cut off
  skip,    // the picture gets the other marks only
  fail,    // the picture fails
};
inline constexpr std::array<std::string_view, 4> if_too_big_names{"shrink", "clip", "skip", "fail"};

/// automatic: either the mark or its counterpart with inverted lightness, whichever differs more from the
/// picture's mean lightness under the box.
enum class Contrast : std::uint8_t { none, automatic };
inline constexpr std::array<std::string_view, 2> contrast_names{"none", "auto"};

/// Pixels of this colour become transparent in a logo.
struct ColourKey {
  Colour colour;
  double tolerance = 0.1;  // 0..1: largest difference in any channel, as a fraction of its range
  bool operator==(const ColourKey&) const = default;
};

struct Logo {
  std::string path;              // the path it was read from, for messages only
  std::vector<std::byte> bytes;  // the file's contents: all workers use the same picture throughout the job
  std::optional<ColourKey> key;
  bool operator==(const Logo&) const = default;
};

/// A font that need not be installed.
struct FontFile {
  std::string path;              // for messages only
  std::vector<std::byte> bytes;  // TrueType, OpenType or a collection of them
  bool operator==(const FontFile&) const = default;
};

/// Percentages are of the font size.
struct Stroke {
  Length width{4, Length::Unit::percent};  // around and outside the letters
  Colour colour{0, 0, 0, 255};
  bool operator==(const Stroke&) const = default;
};

/// Percentages are of the font size.
struct Shadow {
  Length x{4, Length::Unit::percent}, y{4, Length::Unit::percent};  // right and down
  Length blur{4, Length::Unit::percent};                            // standard deviation of a Gaussian
  Colour colour{0, 0, 0, 160};
  bool operator==(const Shadow&) const = default;
};

/// Alignment of a text's lines relative to each other.
enum class TextAlign : std::uint8_t { left, center, right };
inline constexpr std::array<std::string_view, 3> text_align_names{"left", "center", "right"};

struct Text {
  std::string text;                       // UTF-8, not markup; {variables} as in text_template.h
  std::string font = "sans";              // a Pango font description without a size
  std::optional<FontFile> font_file;      // searched first for `font`; "sans" means its first font
  Length size{5, Length::Unit::percent};  // font size; a percentage is of the picture's shorter side
  Colour fill;
  std::optional<Stroke> stroke;
  std::optional<Shadow> shadow;
  TextAlign align = TextAlign::left;
  bool operator==(const Text&) const = default;
};

/// Whether the mark changes what is below it by at least half of one of 255 steps.
[[nodiscard]] constexpr bool is_seen(std::uint8_t alpha, double opacity) {
  return alpha * opacity >= 0.5;
}

/// Marks are placed in display space, that is, after the EXIF orientation is applied.
struct Mark {
  std::variant<Logo, Text> source;
  Gravity gravity = Gravity::southeast;
  Length offset_x, offset_y;    // inwards from the gravity's edges; right and down where it has no edge; a
                                // percentage is of the picture's width (x) or height (y)
  std::optional<double> scale;  // mark's side before rotation, as a fraction of the picture's (0.15 = 15 %)
  ScaleOf scale_of = ScaleOf::width;  // which side: width = mark's width to picture's width, height likewise,
                                      // short and long = mark's longer side to the picture's short/long side
  double rotate = 0;                  // the box is then that of the rotated mark
  double opacity = 1;                 // 0..1, 1 = opaque
  BlendMode blend = BlendMode::over;
  Tile tile = Tile::none;  // gravity and offset place one of the copies
  Length gap_x, gap_y;     // between copies; a percentage is of the mark's box
  IfTooBig if_too_big = IfTooBig::shrink;
  Contrast contrast = Contrast::none;
  bool operator==(const Mark&) const = default;
};

}  // namespace wm
