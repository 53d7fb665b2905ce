#pragma once

// What to say of letters that no font has.

#include <string>
#include <vector>

#include "worker/marks/text_fonts.h"

namespace wm {

/// One line that names the letters (not empty) and what would help: a font that has them, or where one may
/// come from.
[[nodiscard]] std::string missing_letters_text(const std::vector<char32_t>& letters, const TextFonts& fonts);

}  // namespace wm
