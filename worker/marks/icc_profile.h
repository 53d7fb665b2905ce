#pragma once

// What must be known of an ICC profile (ICC.1:2010) without a colour engine. Pure; the bytes are hostile.

#include <cstddef>
#include <span>

namespace wm {

/// Whether the profile means sRGB, to the precision of 8 bits: judged by its primaries and curves, since
/// names lie. Profiles with tables are not, whatever is in them.
[[nodiscard]] bool is_srgb(std::span<const std::byte> profile);

}  // namespace wm
