#pragma once

// ICC profiles as files have them, made by Little CMS when a test needs them.

#include <string>
#include <vector>

namespace wm::test {

/// IEC 61966-2-1 primaries with its curve, or with a power of `gamma`.
[[nodiscard]] std::string srgb_profile();
[[nodiscard]] std::string srgb_primaries_profile(double gamma);
[[nodiscard]] std::string display_p3_profile();
/// Adobe RGB (1998), section 4.3: its primaries and 563/256.
[[nodiscard]] std::string adobe_rgb_profile();
[[nodiscard]] std::string grey_profile(double gamma);

/// CIEDE2000 between an sRGB colour (0..255) and what becomes of it on the way to the profile, of 16 bits
/// there, and back: what Little CMS by itself can do. Profiles of presses are not their own exact inverse.
[[nodiscard]] double own_error(const std::string& cmyk_profile, const std::vector<double>& colour);

}  // namespace wm::test
