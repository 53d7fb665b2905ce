#pragma once

// Decimal numbers in option values: no exponent, independent of the locale.

#include <optional>
#include <string>
#include <string_view>

namespace wm {

struct NumberWithUnit {
  double number = 0;      // finite
  std::string_view unit;  // whatever follows it
};

/// Nothing when `text` does not begin with a number, which may have a sign.
[[nodiscard]] std::optional<NumberWithUnit> split_unit(std::string_view text);

/// The shortest text that split_unit() reads back as the same number.
[[nodiscard]] std::string to_text(double number);

}  // namespace wm
