#include "worker/jpeg/coefficient_plane.h"

#include <algorithm>
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
    if (four == 0) continue;  // the usual case
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

PlaneSummary::PlaneSummary(const CoefficientPlane& plane, const std::array<bool, bits>& wanted)
    : blocks_(plane.blocks) {
  const auto count = static_cast<std::size_t>(blocks_.width) * static_cast<std::size_t>(blocks_.height);
  dc_.resize(count);
  for (std::size_t bit = 0; bit < bits; ++bit) {
    if (wanted[bit]) masks_[bit].resize(count);
  }
  std::size_t index = 0;
  for (int row = 0; row < blocks_.height; ++row) {
    for (int column = 0; column < blocks_.width; ++column, ++index) {
      const std::int16_t* const block = plane.block(column, row);
      dc_[index] = block[0];
      for (std::size_t first = 0; first < bits; first += levels_at_once) {
        const auto any = wanted.begin() + static_cast<std::ptrdiff_t>(first);
        if (std::find(any, any + levels_at_once, true) == any + levels_at_once) continue;
        const Levels levels = levels_of(block, static_cast<int>(first));
        for (std::size_t i = 0; i < levels_at_once; ++i) {
          if (wanted[first + i]) masks_[first + i][index] = levels[i];
        }
      }
    }
  }
}

}  // namespace wm::jpeg
