#pragma once

// The message about letters that no font has.

#include <string>
#include <vector>

#include "worker/marks/text_fonts.h"

namespace wm {

/// One line that names the letters (not empty) and a remedy: a font that has them, or where to get one.
[[nodiscard]] std::string missing_letters_text(const std::vector<char32_t>& letters, const TextFonts& fonts);

}  // namespace wm
