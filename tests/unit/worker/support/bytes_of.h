#pragma once

// A string's bytes, for code under test that takes those of a file.

#include <cstddef>
#include <span>
#include <string>

namespace wm::test {

/// Valid as long as `text` is.
inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace wm::test
