#include "supervisor/cli/value_parsers.h"

#include "supervisor/cli/bad_value.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/nearest_word.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace wm {
namespace {

constexpr char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char letter) { return lower(letter); });
  return result;
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// A decimal number without exponent, and the unit that follows it.
struct NumberWithUnit {
  double number = 0;
  std::string_view unit;
};

std::optional<NumberWithUnit> split_unit(std::string_view text) {
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  if (text.size() <= sign || !(is_digit(text[sign]) || text[sign] == '.')) return std::nullopt;
  NumberWithUnit result;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, result.number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(result.number)) return std::nullopt;
  result.unit = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return result;
}

/// A number whose unit is one of `units`, multiplied accordingly and rounded. At most 2^53, below which every
/// whole number is exact.
std::optional<std::uint64_t> parse_scaled(std::string_view text,
                                          std::span<const std::pair<std::string_view, double>> units) {
  const auto parsed = split_unit(text);
  if (!parsed || std::signbit(parsed->number)) return std::nullopt;
  const std::string unit = lower(parsed->unit);
  const auto* const known = std::find_if(units.data(), units.data() + units.size(),
                                         [&](const auto& row) { return row.first == unit; });
  if (known == units.data() + units.size()) return std::nullopt;
  const double product = parsed->number * known->second;
  constexpr double k_largest = 9'007'199'254'740'992;
  if (product > k_largest) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(product));
}

constexpr double k_kibi = 1024;
constexpr std::array<std::pair<std::string_view, double>, 5> k_size_units{{
    {"", 1},
    {"k", k_kibi},
    {"m", k_kibi* k_kibi},
    {"g", k_kibi* k_kibi* k_kibi},
    {"t", k_kibi* k_kibi* k_kibi* k_kibi},
}};
constexpr std::array<std::pair<std::string_view, double>, 4> k_count_units{{
    {"", 1},
    {"k", 1e3},
    {"m", 1e6},
    {"g", 1e9},
}};
constexpr std::array<std::pair<std::string_view, double>, 5> k_time_units{{
    {"", 1e3},
    {"ms", 1},
    {"s", 1e3},
    {"m", 60e3},
    {"h", 3600e3},
}};

std::optional<Length> parse_length(std::string_view text) {
  const auto parsed = split_unit(text);
  if (!parsed) return std::nullopt;
  if (parsed->unit == "%") return Length{parsed->number, Length::Unit::percent};
  if (parsed->unit.empty() || parsed->unit == "px") return Length{parsed->number, Length::Unit::pixels};
  return std::nullopt;
}

constexpr double k_largest_offset_px = 1'000'000;

bool is_offset(Length length) {
  const bool percent = length.unit == Length::Unit::percent;
  return std::abs(length.value) <= (percent ? 100 : k_largest_offset_px);
}

/// Names and values of CSS Color Module Level 3, section 4.1.
constexpr std::array<std::pair<std::string_view, Colour>, 16> k_basic_colours{{
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

std::string to_text(double number) {
  std::array<char, 512> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  return error == std::errc{} ? std::string(buffer.data(), end) : fmt::format("{}", number);
}

std::uint64_t parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number < lowest || number > highest) {
    throw BadValue(fmt::format("expected a whole number from {} to {}", lowest, highest));
  }
  return number;
}

bool parse_switch(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw BadValue("expected true or false");
}

std::size_t parse_choice(std::string_view text, std::span<const std::string_view> names) {
  const std::string word = lower(text);
  const auto found = std::find(names.begin(), names.end(), word);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string message = fmt::format("expected one of {}", fmt::join(names.begin(), names.end(), ", "));
  const std::vector<std::string> candidates(names.begin(), names.end());
  if (const auto nearest = nearest_word(word, candidates))
    message += fmt::format("; did you mean {}?", *nearest);
  throw BadValue(message);
}

std::chrono::milliseconds parse_duration(std::string_view text) {
  constexpr std::uint64_t a_year = 365ULL * 24 * 3600 * 1000;
  const auto parsed = parse_scaled(text, k_time_units);
  // A time that rounds to zero would turn the limit off without being asked to.
  const bool vanished = parsed == 0 && text.find_first_of("123456789") != std::string_view::npos;
  if (!parsed || *parsed > a_year || vanished) {
    throw BadValue("expected a time such as 60s, 500ms, 5m or 1h, at most a year");
  }
  return std::chrono::milliseconds(*parsed);
}

std::uint64_t parse_size(std::string_view text) {
  const auto parsed = parse_scaled(text, k_size_units);
  if (!parsed) throw BadValue("expected a size such as 512M or 2G (K, M, G count in 1024)");
  return *parsed;
}

std::uint64_t parse_pixel_count(std::string_view text) {
  const auto parsed = parse_scaled(text, k_count_units);
  if (!parsed || *parsed == 0) throw BadValue("expected a number of pixels, at least 1, such as 500M or 1G");
  return *parsed;
}

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
  const std::string word = lower(text);
  for (const auto& [name, colour] : k_basic_colours) {
    if (word == name) return colour;
  }
  throw BadValue("expected #rgb, #rrggbb, #rrggbbaa or a basic colour name such as white, black or red");
}

Halt parse_halt(std::string_view text) {
  const BadValue refusal("expected never, soon,fail=N or now,fail=N, where N is a count or a percentage");
  if (text == "never") return {};
  const std::size_t comma = text.find(',');
  const std::string_view when = text.substr(0, comma);
  const std::string_view rest = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  constexpr std::string_view key = "fail=";
  if ((when != "soon" && when != "now") || !rest.starts_with(key)) throw refusal;
  const auto parsed = split_unit(rest.substr(key.size()));
  if (!parsed || parsed->number <= 0) throw refusal;
  const bool percent = parsed->unit == "%";
  const bool is_count = parsed->unit.empty() && parsed->number == std::floor(parsed->number);
  if (!(percent && parsed->number <= 100) && !(is_count && parsed->number <= 1e15)) throw refusal;
  return {.when = when == "soon" ? Halt::When::soon : Halt::When::now,
          .fail = parsed->number,
          .percent = percent};
}

LogRotation parse_log_rotation(std::string_view text) {
  constexpr std::uint64_t smallest = 4096;
  try {
    const std::size_t colon = text.find(':');
    const std::uint64_t bytes = parse_size(text.substr(0, colon));
    const std::uint64_t files =
        colon == std::string_view::npos ? 10 : parse_whole(text.substr(colon + 1), 1, 1000);
    if (bytes >= smallest) return {.bytes = bytes, .files = static_cast<unsigned>(files)};
  } catch (const BadValue&) {
    // Said below, for both halves at once.
  }
  throw BadValue("expected SIZE:FILES such as 100M:10 (at least 4K; 1 to 1000 old files), or off");
}

std::vector<std::string> parse_extensions(std::string_view text) {
  std::vector<std::string> extensions;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    if (word.starts_with('.')) word.remove_prefix(1);
    if (word.empty() || word.find_first_of("/ .*") != std::string_view::npos) {
      throw BadValue("expected endings separated by commas, such as jpg,jpeg,png");
    }
    extensions.push_back(lower(word));
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
  }
  return extensions;
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

}  // namespace wm
