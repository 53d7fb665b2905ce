#pragma once

// The order in which a person counts names: "img2.jpg" before "img10.jpg". Runs of digits are compared as
// numbers, everything else byte by byte, whatever the locale; the name before its extension counts first, so
// "a.jpg" comes before "a-2.jpg". Names that are the same number for number ("img1", "img01") are in the
// order of their bytes. Pure.

#include <string_view>

namespace wm {

/// Is `left` before `right`? A strict total order.
[[nodiscard]] bool naturally_before(std::string_view left, std::string_view right);

}  // namespace wm
