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

/// The inks, 0 to 1, that Little CMS by itself has for an sRGB colour (0..255).
[[nodiscard]] std::vector<double> own_inks(const std::string& cmyk_profile,
                                           const std::vector<double>& colour);

/// CIEDE2000 between an sRGB colour and the look of `inks`.
[[nodiscard]] double error_of_inks(const std::string& cmyk_profile, const std::vector<double>& colour,
                                   const std::vector<double>& inks);

}  // namespace wm::test
