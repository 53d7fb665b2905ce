#pragma once

// An ICC profile that says what the colour numbers of an AVIF or HEIC say, for everything that knows colours
// by their profile: marks, and formats that have no such numbers. Pure, but for the colour engine's memory.

#include <cstddef>
#include <vector>

#include "worker/container/heif_contents.h"

namespace wm::avif {

/// Empty where none is needed (sRGB, or nothing is said), where the numbers are of no known meaning, and for
/// grey that may be lighter than white, which no profile of one curve can say.
///
/// Pictures of PQ and HLG (ITU-R BT.2100) may be lighter than a sheet of paper: for those a profile's white
/// is the reference white of ITU-R BT.2408 (203 cd/m2, 75 % of HLG), in which a mark's white is meant. What
/// is lighter becomes that white for a program that converts the picture by the profile.
[[nodiscard]] std::vector<std::byte> profile_of(const ColourCodes& colour, bool grey);

/// Whether a picture in these colours may be lighter than white.
[[nodiscard]] bool is_high_dynamic_range(const ColourCodes& colour);

}  // namespace wm::avif
