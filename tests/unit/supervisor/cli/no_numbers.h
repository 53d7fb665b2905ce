#pragma once

#include <string_view>
#include <vector>

namespace wm {

/// What no parser of a number may take.
inline const std::vector<std::string_view> no_numbers{
    "",    " ",    "x",   "nan", "inf",   "-inf",  "1e3", "0x10", "1 ",
    " 1",  "1,5x", "--1", "+-1", "1.2.3", ".",     "-",   "+",    std::string_view("1\0", 2),
    "1\n", "\xFF", "%",   "px",  "1%%",   "1pxpx", "1p",  "5 %",  "١"};

}  // namespace wm
