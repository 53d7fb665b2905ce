#include "worker/jpeg/coefficient_plane.h"

#include <cstdlib>
#include <cstring>

#include "worker/jpeg/zigzag.h"

namespace wm::jpeg {
namespace {

constexpr int levels_at_once = 4;
using Levels = std::array<std::uint64_t, levels_at_once>;

/// The masks of the bits first, first + 1, ...
Levels levels_of(const std::int16_t* block, int first) {
  Levels levels{};
  for (std::size_t word = 0; word < 16; ++word) {
    std::uint64_t four = 0;
    std::memcpy(&four, block + 4 * word, sizeof four);
    if (four == 0) continue;  // most of them
    for (std::size_t n = 4 * word; n < 4 * word + 4; ++n) {
      const auto magnitude = static_cast<unsigned>(std::abs(int{block[n]})) >> first;
      for (unsigned i = 0; i < levels_at_once; ++i) {
        levels[i] |= static_cast<std::uint64_t>(magnitude >> i != 0) << zigzag_place[n];
      }
    }
  }
  return levels;
}

}  // namespace

Significance::Significance(const CoefficientPlane& plane, const std::array<bool, bits>& wanted) {
  const auto count =
      static_cast<std::size_t>(plane.blocks.width) * static_cast<std::size_t>(plane.blocks.height);
  for (std::size_t first = 0; first < bits; first += levels_at_once) {
    bool any = false;
    for (std::size_t bit = first; bit < first + levels_at_once; ++bit) {
      if (!wanted[bit]) continue;
      masks_[bit].resize(count);
      any = true;
    }
    if (!any) continue;
    std::size_t index = 0;
    for (int row = 0; row < plane.blocks.height; ++row) {
      for (int column = 0; column < plane.blocks.width; ++column, ++index) {
        const Levels levels = levels_of(plane.block(column, row), static_cast<int>(first));
        for (std::size_t i = 0; i < levels_at_once; ++i) {
          if (wanted[first + i]) masks_[first + i][index] = levels[i];
        }
      }
    }
  }
}

}  // namespace wm::jpeg
