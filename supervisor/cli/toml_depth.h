#pragma once

// Checks how deeply a TOML text nests before it is parsed: the parser recurses, and a key of 400,000 dots
// would overflow its stack. Valid configuration files stay far below the limits. Pure.

#include <cstddef>
#include <optional>
#include <string_view>

namespace wm {

/// Parts of a dotted key or table header, and arrays and inline tables within each other.
inline constexpr std::size_t most_key_parts = 16;
inline constexpr std::size_t most_nested_values = 16;

struct TooDeep {
  enum class What { key, value };
  What what{};
  std::size_t line = 0;  // from 1
};

/// The first place that nests too deeply. For text that is not TOML, any result is possible.
[[nodiscard]] std::optional<TooDeep> too_deep(std::string_view text);

}  // namespace wm
