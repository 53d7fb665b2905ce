#pragma once

// The coefficients of one component as they lie in memory, and masks that tell which of them a scan has to
// look at.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/marks/geometry.h"

namespace wm::jpeg {

/// Borrows the coefficients.
struct CoefficientPlane {
  Size blocks;                            // that hold samples of the picture
  std::vector<const std::int16_t*> rows;  // of blocks; in each 64 coefficients in natural order

  [[nodiscard]] const std::int16_t* block(int column, int row) const {
    return rows[static_cast<std::size_t>(row)] + static_cast<std::ptrdiff_t>(column) * 64;
  }
};

/// For each block and some bits b: which coefficients have a magnitude of at least 1 << b. 8 bytes a block
/// and bit. Throws std::bad_alloc.
class Significance {
 public:
  static constexpr std::size_t bits = 16;

  /// Only the bits that `wanted` names.
  Significance(const CoefficientPlane& plane, const std::array<bool, bits>& wanted);

  /// Row by row, a mask for each block; bit k stands for place k in zigzag order.
  [[nodiscard]] const std::vector<std::uint64_t>& at_least(int bit) const {
    return masks_[static_cast<std::size_t>(bit)];
  }

 private:
  std::array<std::vector<std::uint64_t>, bits> masks_;
};

}  // namespace wm::jpeg
