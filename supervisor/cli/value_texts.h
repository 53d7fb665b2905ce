#pragma once

// Option values as text: the inverses of value_parsers.h and mark_values.h. Pure.

#include <chrono>
#include <concepts>
#include <optional>
#include <string>

#include "common/job/mark.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

[[nodiscard]] std::string text_of(bool value);
[[nodiscard]] std::string text_of(double value);
[[nodiscard]] std::string text_of(std::chrono::milliseconds value);
[[nodiscard]] std::string text_of(const Timeout& value);
[[nodiscard]] std::string text_of(const MemoryLimit& value);
[[nodiscard]] std::string text_of(const Halt& value);
[[nodiscard]] std::string text_of(const LogRotation& value);
[[nodiscard]] std::string text_of(Length value);
[[nodiscard]] std::string text_of(Colour value);
[[nodiscard]] std::string text_of(const ColourKey& value);
[[nodiscard]] std::string text_of(const Stroke& value);
[[nodiscard]] std::string text_of(const Shadow& value);
[[nodiscard]] std::string text_of(LogLevel value);
[[nodiscard]] inline std::string text_of(const std::string& value) {
  return value;
}
[[nodiscard]] inline std::string text_of(const FontFile& value) {
  return value.path;
}
[[nodiscard]] std::string text_of(std::integral auto value) {
  return std::to_string(value);
}

/// Empty when there is no value.
template <typename T>
[[nodiscard]] std::string text_of(const std::optional<T>& value) {
  return value ? text_of(*value) : std::string();
}

}  // namespace wm
