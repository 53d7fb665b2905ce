#include "supervisor/cli/value_texts.h"

#include <fmt/format.h>

#include "supervisor/cli/number_with_unit.h"
#include "supervisor/cli/value_words.h"

namespace wm {

std::string text_of(bool value) {
  return value ? "true" : "false";
}

std::string text_of(double value) {
  return to_text(value);
}

std::string text_of(std::chrono::milliseconds value) {
  const auto count = value.count();
  return count % 1000 == 0 ? fmt::format("{}s", count / 1000) : fmt::format("{}ms", count);
}

std::string text_of(const Timeout& value) {
  return value.percent ? to_text(*value.percent) + "%" : text_of(value.time);
}

std::string text_of(const MemoryLimit& value) {
  if (value.kind == MemoryLimit::Kind::bytes) return text_of(value.bytes);
  return value.kind == MemoryLimit::Kind::none ? "none" : "auto";
}

std::string text_of(const Halt& value) {
  if (value.when == Halt::When::never) return "never";
  return fmt::format("{},fail={}{}", word(value.when, halt_words), to_text(value.fail),
                     value.percent ? "%" : "");
}

std::string text_of(const LogRotation& value) {
  return fmt::format("{}:{}", value.bytes, value.files);
}

std::string text_of(LogLevel value) {
  return std::string(word(value, log_level_words));
}

std::string text_of(Length value) {
  return to_text(value.value) + (value.unit == Length::Unit::percent ? "%" : "px");
}

std::string text_of(Colour value) {
  return fmt::format("#{:02x}{:02x}{:02x}{:02x}", value.red, value.green, value.blue, value.alpha);
}

std::string text_of(const ColourKey& value) {
  return fmt::format("{},{}%", text_of(value.colour), to_text(value.tolerance * 100));
}

std::string text_of(const Stroke& value) {
  return text_of(value.width) + "," + text_of(value.colour);
}

std::string text_of(const Shadow& value) {
  return fmt::format("{},{},{},{}", text_of(value.x), text_of(value.y), text_of(value.blur),
                     text_of(value.colour));
}

}  // namespace wm
