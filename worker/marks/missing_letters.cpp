#include "worker/marks/missing_letters.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <glib.h>

namespace wm {
namespace {

constexpr std::size_t most_named = 8;

/// Assigned in Unicode and not for private use.
bool has_meaning(char32_t letter) {
  return g_unichar_isdefined(letter) != FALSE && g_unichar_type(letter) != G_UNICODE_PRIVATE_USE;
}

/// U+4E2D (中); only the number if the letter itself is not visible.
std::string name_of(char32_t letter) {
  std::string name = fmt::format("U+{:04X}", static_cast<std::uint32_t>(letter));
  if (has_meaning(letter) && g_unichar_isgraph(letter) != FALSE && g_unichar_ismark(letter) == FALSE) {
    std::array<char, 6> utf8{};
    const auto bytes = static_cast<std::size_t>(g_unichar_to_utf8(letter, utf8.data()));
    name += fmt::format(" ({})", std::string_view(utf8.data(), bytes));
  }
  return name;
}

/// The Debian package with Noto's font for the letter.
std::string_view package_for(char32_t letter) {
  switch (g_unichar_get_script(letter)) {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_HANGUL:
    case G_UNICODE_SCRIPT_BOPOMOFO:
      return "fonts-noto-cjk";
    default:
      break;
  }
  const bool pictograph = letter >= 0x1F000 && letter <= 0x1FAFF;
  return pictograph ? "fonts-noto-color-emoji" : "fonts-noto-core";
}

}  // namespace

std::string missing_letters_text(const std::vector<char32_t>& letters, const TextFonts& fonts) {
  std::string names;
  for (std::size_t i = 0; i < std::min(letters.size(), most_named); ++i) {
    names += (i == 0 ? "" : ", ") + name_of(letters[i]);
  }
  if (letters.size() > most_named) names += fmt::format(" and {} more", letters.size() - most_named);
  const char32_t first = letters.front();
  const bool one = letters.size() == 1;
  if (const auto family = fonts.family_with(first)) {
    return fmt::format("no font in use has {}; --font \"{}\" has {}", names, *family,
                       one ? "it" : "the first");
  }
  std::string text =
      fmt::format("no installed font has {}; --fontfile takes one that is not installed", names);
  if (has_meaning(first)) text += fmt::format("; Debian's and Ubuntu's package is {}", package_for(first));
  return text;
}

}  // namespace wm
