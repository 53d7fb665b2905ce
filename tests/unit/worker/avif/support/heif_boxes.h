#pragma once

// Boxes of a HEIF file, written byte by byte. Strings are bytes.

#include <cstdint>
#include <string>

namespace wm::test {

/// Big-endian.
inline std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

inline std::string box(const std::string& type, const std::string& content) {
  return number(8 + content.size(), 4) + type + content;
}

}  // namespace wm::test
