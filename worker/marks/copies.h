#pragma once

// All boxes of one mark in a picture, in display space: one, or those of tiles. Pure, and without a list in
// memory: a picture may hold millions of copies of a small mark.
//
// Tiles form a lattice through the placed copy. Its steps are the box and the gap, rounded to the nearest
// pixel, at least one. With Tile::brick every second row, counted from the placed copy's, is shifted to the
// right by half a step, halves rounded up.

#include <cstdint>

#include "common/job/recipe.h"
#include "worker/marks/geometry.h"

namespace wm {

class Copies {
 public:
  /// `placed` is place_mark()'s box.
  Copies(const Mark& mark, const Box& placed, Size picture);

  /// Calls use(Box) for each copy with at least one pixel inside the picture: rows from top to bottom, each
  /// from left to right, which is the order of drawing.
  template <class Use>
  void for_each(Use&& use) const {
    for (std::int64_t row = rows_.first; row <= rows_.last; ++row) {
      const std::int64_t shift = shift_of(row);
      const Range columns = columns_of(shift);
      for (std::int64_t column = columns.first; column <= columns.last; ++column) {
        use(Box{static_cast<int>(placed_.left + shift + column * step_x_),
                static_cast<int>(placed_.top + row * step_y_), placed_.width, placed_.height});
      }
    }
  }

  [[nodiscard]] bool empty() const { return count() == 0; }
  [[nodiscard]] std::int64_t count() const;

 private:
  /// Numbers of copies relative to the placed one, both ends included; empty when last < first.
  struct Range {
    std::int64_t first = 0, last = -1;
  };
  [[nodiscard]] std::int64_t shift_of(std::int64_t row) const { return row % 2 != 0 ? shift_ : 0; }
  [[nodiscard]] Range columns_of(std::int64_t shift) const;
  [[nodiscard]] Range visible(std::int64_t start, std::int64_t length, std::int64_t step,
                              std::int64_t whole) const;

  Box placed_;
  Size picture_;
  bool tiled_;
  std::int64_t step_x_, step_y_;
  std::int64_t shift_;  // of every second row
  Range rows_;
};

}  // namespace wm
