#include "supervisor/cli/value_parsers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/number_with_unit.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/ascii_case.h"
#include "supervisor/text/glob.h"
#include "supervisor/text/nearest_word.h"

namespace wm {
namespace {

/// A number whose unit is one of `units`, multiplied accordingly and rounded. At most 2^53, below which every
/// whole number is exact.
std::optional<std::uint64_t> parse_scaled(std::string_view text,
                                          std::span<const std::pair<std::string_view, double>> units) {
  const auto parsed = split_unit(text);
  if (!parsed || std::signbit(parsed->number)) return std::nullopt;
  const std::string unit = ascii_lower(parsed->unit);
  const auto* const known = std::find_if(units.data(), units.data() + units.size(),
                                         [&](const auto& row) { return row.first == unit; });
  if (known == units.data() + units.size()) return std::nullopt;
  const double product = parsed->number * known->second;
  constexpr double largest = 9'007'199'254'740'992;
  if (product > largest) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(product));
}

constexpr double kibi = 1024;
constexpr std::array<std::pair<std::string_view, double>, 5> size_units{{
    {"", 1},
    {"k", kibi},
    {"m", kibi* kibi},
    {"g", kibi* kibi* kibi},
    {"t", kibi* kibi* kibi* kibi},
}};
constexpr std::array<std::pair<std::string_view, double>, 4> count_units{{
    {"", 1},
    {"k", 1e3},
    {"m", 1e6},
    {"g", 1e9},
}};
constexpr std::array<std::pair<std::string_view, double>, 5> time_units{{
    {"", 1e3},
    {"ms", 1},
    {"s", 1e3},
    {"m", 60e3},
    {"h", 3600e3},
}};

}  // namespace

std::uint64_t parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number < lowest || number > highest) {
    throw BadValue(fmt::format("expected a whole number from {} to {}", lowest, highest));
  }
  return number;
}

bool has_control(std::string_view text, std::string_view allowed) {
  return std::any_of(text.begin(), text.end(), [&](char letter) {
    const bool is_control = static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
    return is_control && allowed.find(letter) == std::string_view::npos;
  });
}

bool parse_switch(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw BadValue("expected true or false");
}

std::size_t parse_choice(std::string_view text, std::span<const std::string_view> names) {
  const std::string word = ascii_lower(text);
  const auto found = std::find(names.begin(), names.end(), word);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::vector<std::string> candidates(names.begin(), names.end());
  throw BadValue(
      fmt::format("expected one of {}{}", fmt::join(candidates, ", "), did_you_mean("", word, candidates)));
}

std::chrono::milliseconds parse_duration(std::string_view text) {
  constexpr std::uint64_t a_year = 365ULL * 24 * 3600 * 1000;
  const auto parsed = parse_scaled(text, time_units);
  // A time that rounds to zero would silently turn the limit off.
  const bool vanished = parsed == 0 && text.find_first_of("123456789") != std::string_view::npos;
  if (!parsed || *parsed > a_year || vanished) {
    throw BadValue("expected a time such as 60s, 500ms, 5m or 1h, at most a year");
  }
  return std::chrono::milliseconds(*parsed);
}

Timeout parse_timeout(std::string_view text) {
  if (!text.ends_with('%')) return {.time = parse_duration(text)};
  constexpr double highest = 1'000'000;
  double percent = 0;
  const std::string_view digits = text.substr(0, text.size() - 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  if (error != std::errc{} || end != digits.data() + digits.size() ||
      !(percent >= 100 && percent <= highest)) {
    throw BadValue("expected a time such as 60s, or a percentage of the median such as 500% (at least 100%)");
  }
  return {.percent = percent};
}

std::uint64_t parse_size(std::string_view text) {
  const auto parsed = parse_scaled(text, size_units);
  if (!parsed) throw BadValue("expected a size such as 512M or 2G (K, M, G count in 1024)");
  return *parsed;
}

std::uint64_t parse_pixel_count(std::string_view text) {
  const auto parsed = parse_scaled(text, count_units);
  if (!parsed || *parsed == 0) throw BadValue("expected a number of pixels, at least 1, such as 500M or 1G");
  return *parsed;
}

Halt parse_halt(std::string_view text) {
  const auto refusal = [] {
    return BadValue("expected never, soon,fail=N or now,fail=N, where N is a count or a percentage");
  };
  if (text == "never") return {};
  const std::size_t comma = text.find(',');
  const std::string_view when = text.substr(0, comma);
  const std::string_view rest = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  constexpr std::string_view key = "fail=";
  if ((when != "soon" && when != "now") || !rest.starts_with(key)) throw refusal();
  const auto parsed = split_unit(rest.substr(key.size()));
  if (!parsed || parsed->number <= 0) throw refusal();
  const bool percent = parsed->unit == "%";
  const bool is_count = parsed->unit.empty() && parsed->number == std::floor(parsed->number);
  if (!(percent && parsed->number <= 100) && !(is_count && parsed->number <= 1e15)) throw refusal();
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
    // Reported below, for both halves at once.
  }
  throw BadValue("expected SIZE:FILES such as 100M:10 (at least 4K; 1 to 1000 old files), or off");
}

std::string parse_preview_path(std::string_view text) {
  const std::string_view name = last_component(text);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::string(text);
  const std::string extension = ascii_lower(name.substr(dot + 1));
  const std::vector<std::string> pictures = InputSettings{}.extensions;
  if (extension != "png" && std::find(pictures.begin(), pictures.end(), extension) != pictures.end()) {
    throw BadValue("a preview is a PNG file; give a name that ends in .png");
  }
  return std::string(text);
}

std::string parse_glob(std::string_view text) {
  try {
    (void)Glob(text);
  } catch (const std::invalid_argument& error) {
    throw BadValue(error.what());
  }
  return std::string(text);
}

std::vector<std::string> parse_extensions(std::string_view text) {
  std::vector<std::string> extensions;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    if (word.starts_with('.')) word.remove_prefix(1);
    if (word.empty() || word.find_first_of("/ .*") != std::string_view::npos) {
      throw BadValue("expected extensions separated by commas, such as jpg,jpeg,png");
    }
    extensions.push_back(ascii_lower(word));
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
  }
  return extensions;
}

}  // namespace wm
