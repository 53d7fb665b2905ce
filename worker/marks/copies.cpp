#include "worker/marks/copies.h"

#include <algorithm>

#include "worker/marks/placement.h"

namespace wm {
namespace {

std::int64_t step(int side, Length gap) {
  return std::max<std::int64_t>(1, std::int64_t{side} + round_half_up(to_pixels(gap, side)));
}

std::int64_t floor_divided(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

Copies::Copies(const Mark& mark, const Box& placed, Size picture)
    : placed_(placed),
      picture_(picture),
      tiled_(mark.tile != Tile::none),
      step_x_(step(placed.width, mark.gap_x)),
      step_y_(step(placed.height, mark.gap_y)),
      shift_(mark.tile == Tile::brick ? (step_x_ + 1) / 2 : 0),
      rows_(placed.empty() ? Range{} : visible(placed.top, placed.height, step_y_, picture.height)) {}

Copies::Range Copies::visible(std::int64_t start, std::int64_t length, std::int64_t step,
                              std::int64_t whole) const {
  if (!tiled_) return start + length > 0 && start < whole ? Range{0, 0} : Range{};
  // The first n with start + n * step + length >= 1, the last with start + n * step <= whole - 1.
  return {-floor_divided(start + length - 1, step), floor_divided(whole - 1 - start, step)};
}

Copies::Range Copies::columns_of(std::int64_t shift) const {
  return visible(placed_.left + shift, placed_.width, step_x_, picture_.width);
}

std::int64_t Copies::count() const {
  std::int64_t result = 0;
  const std::int64_t rows = std::max<std::int64_t>(0, rows_.last - rows_.first + 1);
  for (std::int64_t row = rows_.first; row < rows_.first + std::min<std::int64_t>(rows, 2); ++row) {
    const Range columns = columns_of(shift_of(row));
    const std::int64_t such_rows = (rows + (row == rows_.first ? 1 : 0)) / 2;
    result += such_rows * std::max<std::int64_t>(0, columns.last - columns.first + 1);
  }
  return result;
}

}  // namespace wm
