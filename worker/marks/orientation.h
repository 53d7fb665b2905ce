#pragma once

// The eight EXIF orientations (CIPA DC-008, tag 0x0112) as a mapping from display space, as seen by a viewer,
// to the space of the stored pixels. Pure.

#include "worker/marks/geometry.h"

namespace wm {

class Orientation {
 public:
  /// Values other than 1..8 mean 1, as in viewers.
  explicit constexpr Orientation(int exif_value = 1)
      : value_(exif_value >= 1 && exif_value <= 8 ? exif_value : 1) {}

  [[nodiscard]] constexpr int value() const { return value_; }
  [[nodiscard]] constexpr bool swaps_sides() const { return value_ >= 5; }

  /// Size in the other space; the same function both ways.
  [[nodiscard]] constexpr Size other_size(Size size) const {
    return swaps_sides() ? Size{size.height, size.width} : size;
  }

  /// The stored pixel displayed at `display`; `stored` is the stored picture's size.
  [[nodiscard]] Point to_stored(Point display, Size stored) const;
  /// The box of stored pixels that is displayed as `display`.
  [[nodiscard]] Box to_stored(const Box& display, Size stored) const;

  bool operator==(const Orientation&) const = default;

 private:
  int value_;
};

}  // namespace wm
