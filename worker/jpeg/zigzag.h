#pragma once

// The order of coefficients in a scan (ITU T.81 figure A.6): zigzag[k] is the natural index, row * 8 +
// column.

#include <array>
#include <cstdint>

namespace wm::jpeg {

inline constexpr std::array<std::uint8_t, 64> zigzag{
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,   //
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,  //
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,  //
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

/// The inverse: the position in a scan of the coefficient with a natural index.
inline constexpr std::array<std::uint8_t, 64> zigzag_place = [] {
  std::array<std::uint8_t, 64> places{};
  for (std::uint8_t k = 0; k < 64; ++k) places[zigzag[k]] = k;
  return places;
}();

}  // namespace wm::jpeg
