#pragma once

// libvips' error buffer as one line that a person can read. Pure.

#include <string>
#include <string_view>

namespace wm {

/// The first line of `raw` that says something, without control characters, "VipsJpeg: " and the like in
/// front and white space around it; cut to a length fit for a log line.
[[nodiscard]] std::string failure_text(std::string_view raw);

/// `text` on one line, without control characters, cut to the same length.
[[nodiscard]] std::string one_line_of(std::string_view text);

}  // namespace wm
