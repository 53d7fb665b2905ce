#pragma once

// Lower case of ASCII letters only, for option words and file name extensions, which are bytes in any locale.

#include <algorithm>
#include <string>
#include <string_view>

namespace wm {

[[nodiscard]] constexpr char ascii_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

[[nodiscard]] inline std::string ascii_lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result) letter = ascii_lower(letter);
  return result;
}

[[nodiscard]] inline bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

}  // namespace wm
