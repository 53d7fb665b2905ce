#pragma once

// Colours of marks as inks of a press. The tables of a CMYK profile that lead to inks are only roughly the
// inverse of those that say how inks look: greys and near whites may be off by 3 CIEDE2000. So what the first
// say is checked by the second and the aim corrected. A colour that no inks can show becomes what the profile
// has for it, or what looks nearer. One thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wm {

/// `rgb`: sRGB, 3 bytes a pixel. The result has 4 numbers a pixel, 0 to 1 (full ink). None when `profile` is
/// not that of a CMYK device or cannot be used in both directions.
[[nodiscard]] std::optional<std::vector<double>> press_inks(std::span<const std::uint8_t> rgb,
                                                            std::span<const std::byte> profile);

}  // namespace wm
