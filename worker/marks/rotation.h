#pragma once

// An angle by which a mark is turned, and the box that it then needs. Pure.

#include <optional>

#include "worker/marks/geometry.h"

namespace wm {

class Rotation {
 public:
  /// Clockwise, as a viewer sees it; any number of turns. What is not finite does not turn.
  explicit Rotation(double degrees = 0);

  /// 0..3 when the angle is a multiple of 90 degrees: then every pixel has a pixel to go to.
  [[nodiscard]] std::optional<int> quarter_turns() const;

  /// A point at (x, y) from the middle, y downwards, goes to (x cosine - y sine, x sine + y cosine).
  [[nodiscard]] double cosine() const { return cosine_; }
  [[nodiscard]] double sine() const { return sine_; }

  /// The smallest whole box that holds a turned box of `size`. A millionth of a pixel over is not counted.
  [[nodiscard]] Size turned(Size size) const;

 private:
  double degrees_;  // 0 <= degrees < 360
  double cosine_, sine_;
};

}  // namespace wm
