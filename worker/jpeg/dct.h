#pragma once

// The 8x8 DCT of ITU T.81 A.3.3, orthonormal, in float, as two passes over columns with a transposition
// between them. So samples are transposed: that of column x and row y is at x * 8 + y. Pure. The same bits on
// every machine: the vectors are those of the compiler, four wide, and nothing is contracted.

#include <array>

namespace wm::jpeg {

struct alignas(16) BlockValues {
  std::array<float, 64> at{};
};

/// Coefficients in natural order to transposed samples, in place.
void inverse_dct(BlockValues& values);
/// Transposed samples to coefficients in natural order, in place.
void forward_dct(BlockValues& values);

}  // namespace wm::jpeg
