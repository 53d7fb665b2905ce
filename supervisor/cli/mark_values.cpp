#include "supervisor/cli/mark_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/number_with_unit.h"
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

/// The name of a "{variable}" in `text` that a later version will replace.
std::optional<std::string_view> find_variable(std::string_view text) {
  constexpr std::array<std::string_view, 5> names{"filename", "stem", "date", "counter", "exif"};
  for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text.substr(open + 1, close - open - 1);
    const std::string_view name = inside.substr(0, inside.find(':'));
    if (std::find(names.begin(), names.end(), name) != names.end())
      return text.substr(open, close - open + 1);
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
  const std::size_t comma = text.find(',');
  const auto x = parse_length(text.substr(0, comma));
  const auto y = comma == std::string_view::npos ? x : parse_length(text.substr(comma + 1));
  if (!x || !y || !is_offset(*x) || !is_offset(*y)) {
    throw BadValue("expected X,Y in pixels or per cent of the picture, such as 16,16 or -2%,5%");
  }
  return {*x, *y};
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
  if (text.starts_with('#')) {
    if (const auto colour = parse_hexadecimal(text.substr(1))) return *colour;
  }
  const std::string word = ascii_lower(text);
  for (const auto& [name, colour] : basic_colours) {
    if (word == name) return colour;
  }
  throw BadValue("expected #rgb, #rrggbb, #rrggbbaa or a basic colour name such as white, black or red");
}

std::string parse_mark_text(std::string_view text) {
  const auto is_control = [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte < 0x20 && letter != '\n' && letter != '\t') || byte == 0x7F;
  };
  if (!is_utf8(text)) throw BadValue("the text must be UTF-8");
  if (is_blank(text)) throw BadValue("the text must not be blank");
  if (text.size() > 4096) throw BadValue("the text must not be longer than 4096 bytes");
  if (std::any_of(text.begin(), text.end(), is_control)) {
    throw BadValue("the text must not contain control characters other than line breaks and tabs");
  }
  if (const auto variable = find_variable(text)) {
    throw BadValue(
        fmt::format("variables such as {} are not available in this version", one_line(*variable)));
  }
  return std::string(text);
}

std::string parse_font(std::string_view text) {
  const auto is_control = [](char letter) { return static_cast<unsigned char>(letter) < 0x20; };
  if (!is_utf8(text) || std::any_of(text.begin(), text.end(), is_control)) {
    throw BadValue("expected a font name such as sans or DejaVu Sans Bold");
  }
  return std::string(text);
}

}  // namespace wm
