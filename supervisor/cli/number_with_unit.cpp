#include "supervisor/cli/number_with_unit.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace wm {
namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

}  // namespace

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

std::string to_text(double number) {
  std::array<char, 512> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  return error == std::errc{} ? std::string(buffer.data(), end) : fmt::format("{}", number);
}

}  // namespace wm
