#pragma once

// One visible mark: what is drawn, where, and how it meets the picture. Values only. Lengths in per cent say
// of what at their place; angles are degrees clockwise, as seen by a viewer.

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

/// How the mark's colour and the picture's become one, where the mark is opaque. The separable modes of
/// W3C Compositing and Blending Level 1, section 9.1, computed on the picture's own samples.
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

/// What becomes of a mark whose box is larger than the picture.
enum class IfTooBig : std::uint8_t {
  shrink,  // until it fits, with its proportions kept
  clip,    // what does not fit is left out
  skip,    // the picture gets the other marks only
  fail,    // the picture fails
};
inline constexpr std::array<std::string_view, 4> if_too_big_names{"shrink", "clip", "skip", "fail"};

/// automatic: of the mark and its counterpart of inverted lightness, the one that differs more from the
/// picture's mean lightness under the box.
enum class Contrast : std::uint8_t { none, automatic };
inline constexpr std::array<std::string_view, 2> contrast_names{"none", "auto"};

/// Pixels of a logo that become transparent: those of this colour.
struct ColourKey {
  Colour colour;
  double tolerance = 0.1;  // 0..1: largest difference of a channel, as a part of its range
  bool operator==(const ColourKey&) const = default;
};

struct Logo {
  std::string path;              // where it was read from, for messages only
  std::vector<std::byte> bytes;  // the file's contents: every worker sees the same picture for the whole job
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
  Length width{4, Length::Unit::percent};  // around the letters, outside of them
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

/// Of the lines of a text to each other.
enum class TextAlign : std::uint8_t { left, center, right };
inline constexpr std::array<std::string_view, 3> text_align_names{"left", "center", "right"};

struct Text {
  std::string text;                       // UTF-8, not markup; {variables} as text_template.h has them
  std::string font = "sans";              // a Pango font description without a size
  std::optional<FontFile> font_file;      // then `font` is looked for in it first, "sans" is its first font
  Length size{5, Length::Unit::percent};  // font size; a percentage is of the picture's shorter side
  Colour fill;
  std::optional<Stroke> stroke;
  std::optional<Shadow> shadow;
  TextAlign align = TextAlign::left;
  bool operator==(const Text&) const = default;
};

/// Covers at least half of one of 255 steps of what is below it.
[[nodiscard]] constexpr bool is_seen(std::uint8_t alpha, double opacity) {
  return alpha * opacity >= 0.5;
}

/// Marks are placed in display space, that is after the EXIF orientation is applied.
struct Mark {
  std::variant<Logo, Text> source;
  Gravity gravity = Gravity::southeast;
  Length offset_x, offset_y;    // inwards from the gravity's edges; right and down where it names no edge;
                                // a percentage is of the picture's width (x) or height (y)
  std::optional<double> scale;  // length of the mark's side as a fraction of the picture's (0.15 = 15 %),
                                // before it is turned
  ScaleOf scale_of = ScaleOf::width;  // which side: width = mark's width to picture's width, height likewise,
                                      // short and long = mark's longer side to the picture's short/long side
  double rotate = 0;                  // the box is then that of the turned mark
  double opacity = 1;                 // 0..1, 1 = opaque
  BlendMode blend = BlendMode::over;
  Tile tile = Tile::none;  // the copy that gravity and offset place is one of all
  Length gap_x, gap_y;     // between copies; a percentage is of the mark's box
  IfTooBig if_too_big = IfTooBig::shrink;
  Contrast contrast = Contrast::none;
  bool operator==(const Mark&) const = default;
};

}  // namespace wm
