#include "worker/marks/orientation.h"

#include <array>
#include <vector>

#include "tests/support/catch.h"

using namespace wm;

namespace {

/// A picture as a table of the stored pixels' numbers.
struct Table {
  Size size;
  std::vector<int> cells;
  [[nodiscard]] int at(int x, int y) const { return cells[static_cast<std::size_t>(y * size.width + x)]; }
};

template <class Source>
Table table(Size size, Source source) {
  Table result{size, {}};
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) result.cells.push_back(source(x, y));
  }
  return result;
}

Table mirrored(const Table& t) {
  return table(t.size, [&](int x, int y) { return t.at(t.size.width - 1 - x, y); });
}

Table turned_right(const Table& t) {
  return table({t.size.height, t.size.width}, [&](int x, int y) { return t.at(y, t.size.height - 1 - x); });
}

/// What a viewer does, composed of quarter turns and mirrorings as the EXIF standard words it.
Table displayed(const Table& t, int orientation) {
  switch (orientation) {
    case 2:
      return mirrored(t);
    case 3:
      return turned_right(turned_right(t));
    case 4:
      return mirrored(turned_right(turned_right(t)));
    case 5:
      return mirrored(turned_right(t));
    case 6:
      return turned_right(t);
    case 7:
      return mirrored(turned_right(turned_right(turned_right(t))));
    case 8:
      return turned_right(turned_right(turned_right(t)));
    default:
      return t;
  }
}

}  // namespace

TEST_CASE("every seen pixel leads to the stored pixel that a viewer shows there") {
  const Size stored{5, 3};
  const Table file = table(stored, [](int x, int y) { return 10 * y + x; });
  for (int value = 1; value <= 8; ++value) {
    const Orientation orientation(value);
    const Table seen = displayed(file, value);
    CAPTURE(value);
    REQUIRE(seen.size == orientation.other_size(stored));
    for (int y = 0; y < seen.size.height; ++y) {
      for (int x = 0; x < seen.size.width; ++x) {
        const Point point = orientation.to_stored(Point{x, y}, stored);
        CHECK(file.at(point.x, point.y) == seen.at(x, y));
      }
    }
  }
}

TEST_CASE("a box covers the same pixels in both spaces, also over the edge") {
  const Size stored{40, 30};
  for (int value = 1; value <= 8; ++value) {
    const Orientation orientation(value);
    for (const Box display : {Box{3, 4, 7, 5}, Box{-2, -3, 9, 6}, Box{25, 20, 15, 30}}) {
      const Box box = orientation.to_stored(display, stored);
      CHECK(box.size() == orientation.other_size(display.size()));
      for (int y = 0; y < display.height; ++y) {
        for (int x = 0; x < display.width; ++x) {
          const Point point = orientation.to_stored(Point{display.left + x, display.top + y}, stored);
          // The mark's own pixels move by the same mapping within the box.
          const Point inside = orientation.to_stored(Point{x, y}, box.size());
          CHECK(point == Point{box.left + inside.x, box.top + inside.y});
        }
      }
    }
  }
}

TEST_CASE("an orientation that does not exist means upright") {
  CHECK(Orientation(0).value() == 1);
  CHECK(Orientation(9).value() == 1);
  CHECK(Orientation(-1).value() == 1);
}
