#include "supervisor/cli/mark_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/job/text_template.h"
#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/number_with_unit.h"
#include "supervisor/cli/value_parsers.h"
#include "supervisor/text/ascii_case.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::optional<Length> parse_length(std::string_view text) {
  const auto parsed = split_unit(text);
  if (!parsed) return std::nullopt;
  if (parsed->unit == "%") return Length{parsed->number, Length::Unit::percent};
  if (parsed->unit.empty() || parsed->unit == "px") return Length{parsed->number, Length::Unit::pixels};
  return std::nullopt;
}

constexpr double largest_offset_px = 1'000'000;

bool is_offset(Length length) {
  const bool percent = length.unit == Length::Unit::percent;
  return std::abs(length.value) <= (percent ? 100 : largest_offset_px);
}

bool is_gap(Length gap) {
  const bool percent = gap.unit == Length::Unit::percent;
  return gap.value >= (percent ? -90 : 0) && gap.value <= (percent ? 10'000 : largest_offset_px);
}

/// "X,Y", or one length for both.
Offset parse_pair(std::string_view text, bool (*fits)(Length), const char* expected) {
  const std::size_t comma = text.find(',');
  const auto x = parse_length(text.substr(0, comma));
  const auto y = comma == std::string_view::npos ? x : parse_length(text.substr(comma + 1));
  if (!x || !y || !fits(*x) || !fits(*y)) throw BadValue(expected);
  return {*x, *y};
}

/// Names and values of CSS Color Module Level 3, section 4.1.
constexpr std::array<std::pair<std::string_view, Colour>, 16> basic_colours{{
    {"black", {0, 0, 0, 255}},
    {"silver", {192, 192, 192, 255}},
    {"gray", {128, 128, 128, 255}},
    {"white", {255, 255, 255, 255}},
    {"maroon", {128, 0, 0, 255}},
    {"red", {255, 0, 0, 255}},
    {"purple", {128, 0, 128, 255}},
    {"fuchsia", {255, 0, 255, 255}},
    {"green", {0, 128, 0, 255}},
    {"lime", {0, 255, 0, 255}},
    {"olive", {128, 128, 0, 255}},
    {"yellow", {255, 255, 0, 255}},
    {"navy", {0, 0, 128, 255}},
    {"blue", {0, 0, 255, 255}},
    {"teal", {0, 128, 128, 255}},
    {"aqua", {0, 255, 255, 255}},
}};

std::optional<Colour> parse_hexadecimal(std::string_view digits) {
  if (digits.size() != 3 && digits.size() != 6 && digits.size() != 8) return std::nullopt;
  std::uint32_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number, 16);
  if (error != std::errc{} || rest != end) return std::nullopt;
  const auto byte = [number](unsigned shift) { return static_cast<std::uint8_t>(number >> shift & 0xFFU); };
  const auto nibble = [number](unsigned shift) {
    return static_cast<std::uint8_t>((number >> shift & 0xFU) * 0x11U);
  };
  if (digits.size() == 3) return Colour{nibble(8), nibble(4), nibble(0), 255};
  if (digits.size() == 6) return Colour{byte(16), byte(8), byte(0), 255};
  return Colour{byte(24), byte(16), byte(8), byte(0)};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

/// A length relative to the font: at most ten times its size, or 10,000 pixels.
std::optional<Length> parse_part_of_font(std::string_view text) {
  const auto length = parse_length(text);
  const double highest = length && length->unit == Length::Unit::percent ? 1000 : 10'000;
  return length && std::abs(length->value) <= highest ? length : std::nullopt;
}

std::optional<Colour> find_colour(std::string_view text) {
  if (text.starts_with('#')) return parse_hexadecimal(text.substr(1));
  const std::string word = ascii_lower(text);
  for (const auto& [name, colour] : basic_colours) {
    if (word == name) return colour;
  }
  return std::nullopt;
}

}  // namespace

Length parse_font_size(std::string_view text) {
  const auto length = parse_length(text);
  const double highest = length && length->unit == Length::Unit::percent ? 100 : 10'000;
  if (!length || length->value <= 0 || length->value > highest) {
    throw BadValue("expected pixels such as 48 or 48px (at most 10000), or a percentage such as 5%");
  }
  return *length;
}

Offset parse_offset(std::string_view text) {
  return parse_pair(
      text, is_offset,
      "expected X,Y in pixels or per cent of the picture, such as 16,16 or -2%,5%, from -1000000 to "
      "1000000 or from -100% to 100%");
}

double parse_scale(std::string_view text) {
  const auto parsed = split_unit(text);
  const bool percent = parsed && parsed->unit == "%";
  const double fraction = !parsed ? 0 : percent ? parsed->number / 100 : parsed->number;
  if (!parsed || !(percent || parsed->unit.empty()) || fraction <= 0 || fraction > 10) {
    throw BadValue("expected a part of the picture such as 15% or 0.15, more than 0 and at most 1000%");
  }
  return fraction;
}

double parse_opacity(std::string_view text) {
  const auto parsed = split_unit(text);
  if (!parsed || !parsed->unit.empty() || std::signbit(parsed->number) || parsed->number > 1) {
    throw BadValue("expected a number from 0 (invisible) to 1 (opaque)");
  }
  return parsed->number;
}

Colour parse_colour(std::string_view text) {
  if (const auto colour = find_colour(text)) return *colour;
  throw BadValue("expected #rgb, #rrggbb, #rrggbbaa or a basic colour name such as white, black or red");
}

double parse_rotation(std::string_view text) {
  const auto parsed = split_unit(text);
  if (!parsed || !(parsed->unit.empty() || parsed->unit == "deg") || std::abs(parsed->number) > 360) {
    throw BadValue("expected degrees clockwise from -360 to 360, such as -30");
  }
  return parsed->number == 0 ? 0 : parsed->number;
}

Offset parse_gap(std::string_view text) {
  return parse_pair(text, is_gap,
                    "expected X,Y in pixels or per cent of the mark, such as 40 or 50%,100%; not below -90%");
}

Stroke parse_stroke(std::string_view text) {
  Stroke stroke;
  const auto parts = split_at_commas(text);
  const auto width = parse_part_of_font(parts.front());
  const auto colour = find_colour(parts.back());
  const bool whole = parts.size() == 1 ? width || colour : parts.size() == 2 && width && colour;
  if (!whole || (width && width->value <= 0)) {
    throw BadValue("expected WIDTH,COLOUR such as 2px,black or 4%,#00000080; per cent are of the font size");
  }
  if (width) stroke.width = *width;
  if (colour) stroke.colour = *colour;
  return stroke;
}

Shadow parse_shadow(std::string_view text) {
  Shadow shadow;
  if (text == "true") return shadow;
  auto parts = split_at_commas(text);
  if (const auto colour = find_colour(parts.back())) {
    shadow.colour = *colour;
    parts.pop_back();
  }
  const auto at = [&](std::size_t index) { return parse_part_of_font(parts[index]); };
  const bool has_place = parts.size() >= 2;
  bool whole = parts.empty() || ((parts.size() == 2 || parts.size() == 3) && at(0) && at(1));
  if (whole && parts.size() == 3) whole = at(2) && at(2)->value >= 0;
  if (!whole) {
    throw BadValue(
        "expected X,Y,BLUR,COLOUR such as 2px,2px,3px,#00000080 or 4%,4%; per cent are of the font size");
  }
  if (has_place) {
    shadow.x = *at(0);
    shadow.y = *at(1);
  }
  if (parts.size() == 3) shadow.blur = *at(2);
  return shadow;
}

ColourKey parse_colour_key(std::string_view text) {
  const std::size_t comma = text.find(',');
  const auto colour = find_colour(text.substr(0, comma));
  ColourKey key;
  bool fits = colour.has_value();
  if (fits && comma != std::string_view::npos) {
    const auto tolerance = split_unit(text.substr(comma + 1));
    fits = tolerance && tolerance->unit == "%" && tolerance->number >= 0 && tolerance->number <= 100;
    if (fits) key.tolerance = tolerance->number / 100;
  }
  if (!fits) throw BadValue("expected COLOUR or COLOUR,TOLERANCE% such as white or #00ff00,15%");
  key.colour = *colour;
  return key;
}

Tile parse_tile(std::string_view text) {
  if (text == "true") return Tile::grid;
  if (text == "false") return Tile::none;
  const auto* const found = std::find(tile_names.begin(), tile_names.end(), ascii_lower(text));
  if (found == tile_names.end()) throw BadValue("expected grid, brick or none");
  return static_cast<Tile>(found - tile_names.begin());
}

void check_variables(std::string_view text) {
  try {
    (void)TextTemplate(text);
  } catch (const std::invalid_argument& error) {
    throw BadValue(one_line(error.what()));
  }
}

std::string parse_mark_text(std::string_view text) {
  if (!is_utf8(text)) throw BadValue("the text must be UTF-8");
  if (is_blank(text)) throw BadValue("the text must not be blank");
  if (text.size() > 4096) throw BadValue("the text must not be longer than 4096 bytes");
  if (has_control(text, "\n\t"))
    throw BadValue("the text must not contain control characters other than line breaks and tabs");
  check_variables(text);
  return std::string(text);
}

std::string parse_font(std::string_view text) {
  if (!is_utf8(text) || has_control(text))
    throw BadValue("expected a font name such as sans or DejaVu Sans Bold");
  return std::string(text);
}

}  // namespace wm
