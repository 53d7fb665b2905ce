#pragma once

// Code points, and conversions between the text encodings used in metadata. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/text/utf8.h"
#include "worker/metadata/containers.h"

namespace wm::metadata {

/// Removes one code point from the front; nullopt, and nothing removed, when it is malformed. `text` is not
/// empty.
[[nodiscard]] std::optional<char32_t> next_code_point(std::string_view& text);
[[nodiscard]] bool is_ascii(std::string_view text);
/// Surrogates and values above U+10FFFF become U+FFFD.
void append_utf8(std::string& text, char32_t code_point);
[[nodiscard]] std::string utf8_of_utf16(ByteSpan bytes, Endian order);
[[nodiscard]] std::string utf8_of_latin1(std::string_view bytes);
/// Nullopt when it contains characters outside Latin-1.
[[nodiscard]] std::optional<std::string> latin1_of_utf8(std::string_view text);

}  // namespace wm::metadata
