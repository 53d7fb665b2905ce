#pragma once

// The order in which a person counts names: "img2.jpg" before "img10.jpg". Runs of digits are compared as
// numbers, everything else byte by byte, whatever the locale; the name before its extension counts first, so
// "a.jpg" comes before "a-2.jpg". Names that are the same number for number ("img1", "img01") are in the
// order of their bytes. Pure.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wm {

/// Is `left` before `right`? A strict total order.
[[nodiscard]] bool naturally_before(std::string_view left, std::string_view right);

/// How many bytes all names may skip that begin like `name` and like what was `shared` so far; begin with
/// name.size(). It ends at no digit and before the extension.
[[nodiscard]] std::size_t shared_beginning(std::string_view name, std::string_view first, std::size_t shared);

/// The beginning of what the order goes by after `skipped` bytes, which all names share: of two names with
/// different keys, the one with the smaller key is before the other.
[[nodiscard]] std::uint64_t natural_key(std::string_view name, std::size_t skipped);

}  // namespace wm
