#pragma once

// The coefficients of one component in memory, and masks of those that a scan has to visit.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/marks/geometry.h"

namespace wm::jpeg {

/// Borrows the coefficients.
struct CoefficientPlane {
  Size blocks;                            // only those with samples of the picture
  std::vector<const std::int16_t*> rows;  // rows of blocks; each block has 64 coefficients in natural order

  [[nodiscard]] const std::int16_t* block(int column, int row) const {
    return rows[static_cast<std::size_t>(row)] + static_cast<std::ptrdiff_t>(column) * 64;
  }
};

/// What scans need to know about each block before reading its coefficients, gathered in one pass: the DC
/// coefficient, and for some bits b the set of coefficients with a magnitude of at least 1 << b. Blocks are
/// in order, row by row. 2 bytes a block, and 8 for each bit. Throws std::bad_alloc.
class PlaneSummary {
 public:
  static constexpr std::size_t bits = 16;

  /// Only for the bits selected by `wanted`.
  PlaneSummary(const CoefficientPlane& plane, const std::array<bool, bits>& wanted);

  [[nodiscard]] Size blocks() const { return blocks_; }
  [[nodiscard]] int dc(int column, int row) const {
    return dc_[static_cast<std::size_t>(row) * static_cast<std::size_t>(blocks_.width) +
               static_cast<std::size_t>(column)];
  }
  /// A mask for each block; bit k is position k in zigzag order.
  [[nodiscard]] const std::vector<std::uint64_t>& at_least(int bit) const {
    return masks_[static_cast<std::size_t>(bit)];
  }

 private:
  Size blocks_;
  std::vector<std::int16_t> dc_;
  std::array<std::vector<std::uint64_t>, bits> masks_;
};

}  // namespace wm::jpeg
