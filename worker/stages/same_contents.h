#pragma once

// Whether a file has the bytes that an output would have.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace wm {

enum class Contents : std::uint8_t {
  same,       // the pieces, one after the other
  beginning,  // a part of them, from the first byte on, but not all: nothing is lost with it
  other,      // or it cannot be read, or it is no regular file
};

/// Compares the file `name` in `directory`. Links are not followed. An empty file is a beginning.
[[nodiscard]] Contents compare_contents(int directory, const std::string& name,
                                        std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace wm
