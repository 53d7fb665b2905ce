#pragma once

// Whether a file already has the bytes of an intended output.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace wm {

enum class Contents : std::uint8_t {
  same,       // the pieces, one after the other
  beginning,  // a proper prefix of them: replacing it loses nothing
  other,      // or it cannot be read or is not a regular file
};

/// Compares the file `name` in `directory`. Links are not followed. An empty file counts as a beginning.
[[nodiscard]] Contents compare_contents(int directory, const std::string& name,
                                        std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace wm
