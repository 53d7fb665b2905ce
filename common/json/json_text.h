#pragma once

// Reads JSON values from text and bytes, and writes them. nlohmann's parser and writer are templates that
// take seconds to compile, so only json_text.cpp instantiates them; all other sources call these functions.
// May be called from any thread.

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
  replace,  // each invalid byte becomes U+FFFD
};

/// `indent`: spaces per level; -1: everything on one line.
[[nodiscard]] std::string to_text(const Json& json, int indent = -1,
                                  InvalidUtf8 invalid = InvalidUtf8::refuse);

/// A discarded value (`is_discarded()`) when `text` is not JSON.
[[nodiscard]] Json json_from_text(std::string_view text);

/// CBOR: RFC 8949.
[[nodiscard]] std::vector<std::uint8_t> to_cbor(const Json& json);

/// Throws nlohmann::json::exception.
[[nodiscard]] Json json_from_cbor(std::span<const std::byte> bytes);

}  // namespace wm
