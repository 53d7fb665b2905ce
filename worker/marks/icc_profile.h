#pragma once

// Facts about an ICC profile (ICC.1:2010), found without a colour engine. Pure; the bytes are hostile.

#include <cstddef>
#include <span>

namespace wm {

/// Whether the profile is sRGB to the precision of 8 bits: judged by its primaries and curves, since names
/// lie. Profiles with tables never count as sRGB, whatever the tables contain.
[[nodiscard]] bool is_srgb(std::span<const std::byte> profile);

}  // namespace wm
