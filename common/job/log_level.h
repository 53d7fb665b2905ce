#pragma once

// The severity of a log record. The names are those of the log line.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wm {

enum class LogLevel : std::uint8_t { debug, info, warning, error, critical };
inline constexpr std::size_t log_level_count = 5;
inline constexpr std::array<std::string_view, log_level_count> log_level_names{"DEBUG", "INFO", "WARNING",
                                                                               "ERROR", "CRITICAL"};

[[nodiscard]] constexpr std::string_view name(LogLevel level) {
  return log_level_names[static_cast<std::size_t>(level)];
}

}  // namespace wm
