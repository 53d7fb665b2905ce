#include "worker/marks/visibility.h"

#include <algorithm>
#include <cstddef>

namespace wm {

MarkExtent extent_of(std::span<const std::uint8_t> alpha, Size size) {
  MarkExtent extent;
  int left = size.width;
  int top = size.height;
  int right = 0;
  int bottom = 0;
  for (int y = 0; y < size.height; ++y) {
    const auto row = alpha.subspan(static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width),
                                   static_cast<std::size_t>(size.width));
    const auto not_clear = [](std::uint8_t value) { return value != 0; };
    const auto first = std::find_if(row.begin(), row.end(), not_clear);
    if (first == row.end()) continue;
    const auto last = std::find_if(row.rbegin(), row.rend(), not_clear);
    left = std::min(left, static_cast<int>(first - row.begin()));
    right = std::max(right, static_cast<int>(row.rend() - last));
    top = std::min(top, y);
    bottom = y + 1;
    extent.most_alpha = std::max(extent.most_alpha, *std::max_element(first, last.base()));
  }
  if (bottom > 0) extent.box = {left, top, right - left, bottom - top};
  return extent;
}

bool is_seen(const PreparedMark& mark, double opacity, Point position, Size picture) {
  const Box& covered = mark.extent.box;
  if (covered.empty() || !is_seen(mark.extent.most_alpha, opacity)) return false;
  const Box placed{position.x + covered.left, position.y + covered.top, covered.width, covered.height};
  const Box inside = clip(placed, picture);
  if (inside == placed) return true;
  if (inside.empty()) return false;
  // The picture's border cuts the mark, so every pixel is checked.
  for (int y = inside.top; y < inside.top + inside.height; ++y) {
    const std::size_t row =
        static_cast<std::size_t>(y - position.y) * static_cast<std::size_t>(mark.size.width);
    const auto* const first = mark.alpha.data() + row + (inside.left - position.x);
    if (std::any_of(first, first + inside.width,
                    [opacity](std::uint8_t alpha) { return is_seen(alpha, opacity); })) {
      return true;
    }
  }
  return false;
}

}  // namespace wm
