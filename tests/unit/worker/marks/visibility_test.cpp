#include "worker/marks/visibility.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

/// A mark of 4x3 pixels of which these are covered.
PreparedMark mark_with(std::initializer_list<Point> covered, std::uint8_t alpha = 255) {
  PreparedMark mark{.size = {4, 3}, .colours = {}, .alpha = std::vector<std::uint8_t>(12)};
  for (const Point& point : covered) mark.alpha[static_cast<std::size_t>(point.y * 4 + point.x)] = alpha;
  mark.extent = extent_of(mark.alpha, mark.size);
  return mark;
}

constexpr Size picture{10, 8};

TEST_CASE("the extent of a mark is the smallest box around what covers anything") {
  CHECK(mark_with({}).extent.box.empty());
  CHECK(mark_with({{2, 1}}).extent.box == Box{2, 1, 1, 1});
  const MarkExtent two = mark_with({{1, 0}, {3, 2}}, 7).extent;
  CHECK(two.box == Box{1, 0, 3, 3});
  CHECK(two.most_alpha == 7);
}

TEST_CASE("a mark is seen where a covered pixel lies in the picture") {
  const PreparedMark corner = mark_with({{3, 2}});
  CHECK(is_seen(corner, 1, {0, 0}, picture));
  CHECK(is_seen(corner, 1, {-3, -2}, picture));  // the covered pixel is the picture's first
  CHECK_FALSE(is_seen(corner, 1, {-4, -2}, picture));
  CHECK_FALSE(is_seen(corner, 1, {7, 0}, picture));  // three of four columns are inside, all transparent
  CHECK_FALSE(is_seen(corner, 1, {0, 6}, picture));
  CHECK_FALSE(is_seen(mark_with({}), 1, {0, 0}, picture));
}

TEST_CASE("where the border goes through a mark, its pixels count and not its box") {
  // Covered in two corners; the box between them crosses the border, but neither corner is inside.
  const PreparedMark diagonal = mark_with({{0, 0}, {3, 2}});
  CHECK_FALSE(is_seen(diagonal, 1, {-2, -1}, {1, 1}));
  CHECK(is_seen(diagonal, 1, {-3, -2}, {1, 1}));
}

TEST_CASE("what covers less than half of a step is not seen") {
  CHECK(is_seen(255, 0.002));
  CHECK_FALSE(is_seen(255, 0.0019));
  CHECK_FALSE(is_seen(255, 0));
  CHECK_FALSE(is_seen(0, 1));
  CHECK(is_seen(mark_with({{1, 1}}, 1), 0.5, {0, 0}, picture));
  CHECK_FALSE(is_seen(mark_with({{1, 1}}, 1), 0.4, {0, 0}, picture));
  CHECK_FALSE(is_seen(mark_with({{0, 0}, {3, 2}}, 1), 0.4, {-3, -2}, picture));
}

}  // namespace
}  // namespace wm
