#pragma once

// JSON values read from text and bytes, and written. nlohmann's parser and writer are templates that take
// seconds to compile: json_text.cpp is the only source that instantiates them; all others call these
// functions. May be called from any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace wm {

/// Keys keep the order in which they were added.
using Json = nlohmann::ordered_json;

enum class InvalidUtf8 : std::uint8_t {
  refuse,   // throws nlohmann::json::type_error
  replace,  // each such byte becomes U+FFFD
};

/// `indent`: spaces a level; -1: all in one line.
[[nodiscard]] std::string to_text(const Json& json, int indent = -1,
                                  InvalidUtf8 invalid = InvalidUtf8::refuse);

/// A discarded value, `is_discarded()`, when `text` is not JSON.
[[nodiscard]] Json json_from_text(std::string_view text);

/// CBOR: RFC 8949.
[[nodiscard]] std::vector<std::uint8_t> to_cbor(const Json& json);

/// Throws nlohmann::json::exception.
[[nodiscard]] Json json_from_cbor(std::span<const std::byte> bytes);

}  // namespace wm
