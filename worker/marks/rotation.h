#pragma once

// An angle by which a mark is turned, and the size of its bounding box then. Pure.

#include <optional>

#include "worker/marks/geometry.h"

namespace wm {

class Rotation {
 public:
  /// Clockwise, as seen by a viewer; any number of turns. Infinite values and NaN mean no rotation.
  explicit Rotation(double degrees = 0);

  /// 0..3 when the angle is a multiple of 90 degrees: then pixels map to pixels exactly.
  [[nodiscard]] std::optional<int> quarter_turns() const;

  /// Moves a point at (x, y) from the middle, y downwards, to (x cosine - y sine, x sine + y cosine).
  [[nodiscard]] double cosine() const { return cosine_; }
  [[nodiscard]] double sine() const { return sine_; }

  /// The smallest whole box that holds a turned box of `size`. An excess of up to a millionth of a pixel is
  /// ignored.
  [[nodiscard]] Size turned(Size size) const;

 private:
  double degrees_;  // 0 <= degrees < 360
  double cosine_, sine_;
};

}  // namespace wm
