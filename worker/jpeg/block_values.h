#pragma once

// 64 numbers of a block as floats: coefficients in natural order, or samples, transposed: the sample of
// column x and row y is at x * 8 + y. The DCT is two passes over columns with a transposition between them.

#include <array>

namespace wm::jpeg {

struct alignas(16) BlockValues {
  std::array<float, 64> at{};
};

}  // namespace wm::jpeg
