#pragma once

// An ICC profile equivalent to the colour codes of an AVIF or HEIC, for code that identifies colours by their
// profile: marks, and formats without such codes. Pure, except for the colour engine's memory.

#include <cstddef>
#include <vector>

#include "worker/container/heif_contents.h"

namespace wm::avif {

/// Empty where no profile is needed (sRGB, or nothing is specified), where the codes have no known meaning,
/// and for grey that may be lighter than white, which a profile with one curve cannot express.
///
/// Pictures in PQ and HLG (ITU-R BT.2100) may be lighter than a sheet of paper: for those a profile's white
/// is the reference white of ITU-R BT.2408 (203 cd/m2, 75 % of HLG), which is also a mark's white. Programs
/// that convert the picture by the profile clip lighter values to that white.
[[nodiscard]] std::vector<std::byte> profile_of(const ColourCodes& colour, bool grey);

/// Whether a picture in these colours may be lighter than white.
[[nodiscard]] bool is_high_dynamic_range(const ColourCodes& colour);

}  // namespace wm::avif
