#pragma once

// Sizes and boxes in pixels. Boxes may lie partly or wholly outside of a picture.

#include <algorithm>

namespace wm {

struct Size {
  int width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

struct Point {
  int x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct Box {
  int left = 0, top = 0, width = 0, height = 0;
  [[nodiscard]] Size size() const { return {width, height}; }
  [[nodiscard]] bool empty() const { return width <= 0 || height <= 0; }
  bool operator==(const Box&) const = default;
};

/// The part of `box` inside a picture of `picture` pixels; empty() when there is none.
[[nodiscard]] inline Box clip(const Box& box, Size picture) {
  const int left = std::max(box.left, 0);
  const int top = std::max(box.top, 0);
  const int right = std::min(box.left + box.width, picture.width);
  const int bottom = std::min(box.top + box.height, picture.height);
  return {left, top, right - left, bottom - top};
}

}  // namespace wm
