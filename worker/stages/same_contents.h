#pragma once

// Whether a file has the bytes that an output would have.

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace wm {

/// Is `name` in `directory` a regular file that consists of the pieces, one after the other? False when it
/// cannot be read. Links are not followed.
[[nodiscard]] bool has_contents(int directory, const std::string& name,
                                std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace wm
