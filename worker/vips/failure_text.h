#pragma once

// Turns libvips' error buffer into one readable line. Pure.

#include <string>
#include <string_view>

namespace wm {

/// The first informative line of `raw`, without control characters, prefixes like "VipsJpeg: " and
/// surrounding white space; cut to a length fit for a log line.
[[nodiscard]] std::string failure_text(std::string_view raw);

/// `text` on one line, without control characters, cut to the same length.
[[nodiscard]] std::string one_line_of(std::string_view text);

}  // namespace wm
