#pragma once

// Parsers for the values of a mark's options. As in value_parsers.h, each is pure and takes the whole text or
// throws BadValue.

#include <string>
#include <string_view>

#include "common/job/recipe.h"

namespace wm {

/// "48", "48px" or "5%"; greater than zero.
[[nodiscard]] Length parse_font_size(std::string_view text);

struct Offset {
  Length x, y;
};
/// "X,Y" in pixels or per cent, negative allowed; "10" alone is both.
[[nodiscard]] Offset parse_offset(std::string_view text);

/// "15%" or "0.15", as a fraction; more than 0, at most 10.
[[nodiscard]] double parse_scale(std::string_view text);

/// 0 to 1.
[[nodiscard]] double parse_opacity(std::string_view text);

/// "#rgb", "#rrggbb", "#rrggbbaa" or one of the 16 basic colour names of CSS.
[[nodiscard]] Colour parse_colour(std::string_view text);

/// Degrees clockwise, -360 to 360.
[[nodiscard]] double parse_rotation(std::string_view text);

/// "X,Y" in pixels or per cent of the mark, not below -90%; "10" alone is both.
[[nodiscard]] Offset parse_gap(std::string_view text);

/// "WIDTH,COLOUR", "WIDTH" or "COLOUR".
[[nodiscard]] Stroke parse_stroke(std::string_view text);

/// "X,Y,BLUR,COLOUR" or a short form: "COLOUR", "X,Y", "X,Y,BLUR", "X,Y,COLOUR"; "true" is all defaults.
[[nodiscard]] Shadow parse_shadow(std::string_view text);

/// "COLOUR" or "COLOUR,TOLERANCE%".
[[nodiscard]] ColourKey parse_colour_key(std::string_view text);

/// "true" means grid, "false" none.
[[nodiscard]] Tile parse_tile(std::string_view text);

/// Throws BadValue when `text` contains a {variable} that does not exist.
void check_variables(std::string_view text);

/// Text to draw: UTF-8, not blank, with known variables only.
[[nodiscard]] std::string parse_mark_text(std::string_view text);

/// The name of a font, on one line.
[[nodiscard]] std::string parse_font(std::string_view text);

}  // namespace wm
