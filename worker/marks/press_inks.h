#pragma once

// Colours of marks as inks of a press. A CMYK profile's tables from colours to inks are only roughly the
// inverse of its tables from inks to colours: greys and near whites may be off by 3 CIEDE2000. So the result
// of the former is checked with the latter and the target corrected. A colour that no inks can show becomes
// the profile's substitute for it, or a nearer one. One thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wm {

/// `rgb`: sRGB, 3 bytes a pixel. The result has 4 numbers a pixel, 0 to 1 (full ink). Nullopt when `profile`
/// does not belong to a CMYK device or cannot be used in both directions.
[[nodiscard]] std::optional<std::vector<double>> press_inks(std::span<const std::uint8_t> rgb,
                                                            std::span<const std::byte> profile);

}  // namespace wm
