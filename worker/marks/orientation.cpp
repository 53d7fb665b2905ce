#include "worker/marks/orientation.h"

namespace wm {

Point Orientation::to_stored(Point display, Size stored) const {
  const int right = stored.width - 1;
  const int bottom = stored.height - 1;
  const auto [x, y] = display;
  switch (value_) {
    case 2:
      return {right - x, y};
    case 3:
      return {right - x, bottom - y};
    case 4:
      return {x, bottom - y};
    case 5:
      return {y, x};
    case 6:
      return {y, bottom - x};
    case 7:
      return {right - y, bottom - x};
    case 8:
      return {right - y, x};
    default:
      return display;
  }
}

Box Orientation::to_stored(const Box& display, Size stored) const {
  const Point first = to_stored(Point{display.left, display.top}, stored);
  const Point last =
      to_stored(Point{display.left + display.width - 1, display.top + display.height - 1}, stored);
  const Size size = other_size(display.size());
  return {std::min(first.x, last.x), std::min(first.y, last.y), size.width, size.height};
}

}  // namespace wm
