#pragma once

// The order in which a person would sort names: "img2.jpg" before "img10.jpg". Runs of digits are compared as
// numbers, everything else byte by byte, whatever the locale; the name before its extension counts first, so
// "a.jpg" comes before "a-2.jpg". Names that are equal in this respect ("img1", "img01") are ordered by their
// bytes. Pure.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wm {

/// Whether `left` comes before `right`. A strict total order.
[[nodiscard]] bool naturally_before(std::string_view left, std::string_view right);

/// How many leading bytes `name` shares with all names so far: `first` is the first of them, `shared` the
/// result so far; start with first.size(). The shared part neither ends with a digit nor reaches into the
/// extension.
[[nodiscard]] std::size_t shared_beginning(std::string_view name, std::string_view first, std::size_t shared);

/// The beginning of the sort key after `skipped` bytes, which all names share. Of two names with different
/// keys, the one with the smaller key comes first.
[[nodiscard]] std::uint64_t natural_key(std::string_view name, std::size_t skipped);

}  // namespace wm
