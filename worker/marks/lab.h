#pragma once

// CIE L*a*b* of sRGB colours, relative to white: sRGB white is (100, 0, 0), as in libvips. Pure.

#include <array>

namespace wm {

struct Lab {
  double lightness = 0, a = 0, b = 0;
};

/// IEC 61966-2-1, 0..1. The formulas are continued outside of this range, so that every Lab colour has an
/// sRGB equivalent and a round trip changes nothing.
using Srgb = std::array<double, 3>;

[[nodiscard]] Lab lab_of(const Srgb& colour);
[[nodiscard]] Srgb srgb_of(const Lab& colour);

/// Converts linear light to sRGB values and back; negative values are mirrored.
[[nodiscard]] double srgb_encoded(double light);
[[nodiscard]] double srgb_light(double value);

}  // namespace wm
