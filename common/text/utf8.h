#pragma once

// UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF) in bytes from an untrusted source.
// Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace wm {

/// Length of the well-formed sequence at the start of `bytes` (not empty), 0 if there is none.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view bytes);

[[nodiscard]] bool is_utf8(std::string_view bytes);

/// Well-formed UTF-8 of at most `most` bytes: U+FFFD for invalid bytes, a space for control characters other
/// than line breaks and tabs, and no truncated sequence at the end.
[[nodiscard]] std::string drawable_utf8(std::string_view bytes, std::size_t most);

}  // namespace wm
