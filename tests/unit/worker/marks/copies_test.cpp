#include "worker/marks/copies.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"
#include "worker/marks/placement.h"

using namespace wm;

namespace {

constexpr auto percent = Length::Unit::percent;

Mark tiled(Tile tile, Length gap_x = {}, Length gap_y = {}) {
  Mark mark;
  mark.tile = tile;
  mark.gap_x = gap_x;
  mark.gap_y = gap_y;
  return mark;
}

std::vector<Box> boxes(const Mark& mark, const Box& placed, Size picture) {
  std::vector<Box> result;
  const Copies copies(mark, placed, picture);
  copies.for_each([&](const Box& box) { result.push_back(box); });
  CHECK(copies.count() == static_cast<std::int64_t>(result.size()));
  CHECK(copies.empty() == result.empty());
  return result;
}

/// The definition, tried for every number of rows and columns from the placed copy that could matter.
std::vector<Box> by_trial(const Mark& mark, const Box& placed, Size picture) {
  const auto step = [](int side, Length gap) {
    const double length = gap.unit == percent ? side * gap.value / 100 : gap.value;
    return std::max(1, side + static_cast<int>(std::floor(length + 0.5)));
  };
  const int step_x = step(placed.width, mark.gap_x);
  const int step_y = step(placed.height, mark.gap_y);
  std::vector<Box> result;
  for (int row = -400; row <= 400; ++row) {
    const bool shifted = mark.tile == Tile::brick && std::abs(row) % 2 == 1;
    for (int column = -400; column <= 400; ++column) {
      const Box box{placed.left + column * step_x + (shifted ? (step_x + 1) / 2 : 0),
                    placed.top + row * step_y, placed.width, placed.height};
      if (!clip(box, picture).empty()) result.push_back(box);
    }
  }
  return result;
}

}  // namespace

TEST_CASE("tiles lie where the lattice has them, all that can be seen and no others") {
  const std::vector<Length> gaps{{0},         {7}, {3.5}, {40, percent}, {-90, percent}, {-50, percent},
                                 {3, percent}};
  for (const Tile tile : {Tile::grid, Tile::brick}) {
    for (const Size picture : {Size{100, 60}, Size{61, 99}, Size{1, 1}, Size{3, 50}}) {
      for (const Box placed : {Box{10, 20, 13, 8}, Box{-5, -3, 20, 11}, Box{90, 55, 10, 5},
                               Box{-70, 130, 9, 9}, Box{-40, -30, 200, 150}, Box{0, 0, 1, 1}}) {
        for (const Length gap_x : gaps) {
          for (const Length gap_y : {Length{0}, Length{25, percent}}) {
            const Mark mark = tiled(tile, gap_x, gap_y);
            CAPTURE(tile_names[static_cast<std::size_t>(tile)], picture.width, picture.height, placed.left,
                    placed.width, gap_x.value, gap_y.value);
            CHECK(boxes(mark, placed, picture) == by_trial(mark, placed, picture));
          }
        }
      }
    }
  }
}

TEST_CASE("tiles without a gap cover every pixel once") {
  const Size picture{83, 47};
  for (const Tile tile : {Tile::grid, Tile::brick}) {
    std::vector<int> covered(83 * 47);
    for (const Box& box : boxes(tiled(tile), {30, 20, 11, 6}, picture)) {
      const Box inside = clip(box, picture);
      for (int y = inside.top; y < inside.top + inside.height; ++y) {
        for (int x = inside.left; x < inside.left + inside.width; ++x) {
          ++covered[static_cast<std::size_t>(y * 83 + x)];
        }
      }
    }
    CHECK(covered == std::vector<int>(83 * 47, 1));
  }
}

TEST_CASE("a mark without tiles has one box, or none outside of the picture") {
  const Box inside{10, 10, 5, 5};
  CHECK(boxes({}, inside, {100, 100}) == std::vector<Box>{inside});
  const Box over{-4, 96, 5, 5};
  CHECK(boxes({}, over, {100, 100}) == std::vector<Box>{over});
  for (const Box box : {Box{-5, 0, 5, 5}, Box{100, 0, 5, 5}, Box{0, -5, 5, 5}, Box{0, 100, 5, 5}}) {
    CHECK(boxes({}, box, {100, 100}).empty());
  }
}

TEST_CASE("tiles of a copy far outside still cover the picture") {
  const Mark mark = tiled(Tile::grid);
  const auto far = boxes(mark, {-200'000'000, 199'999'990, 10, 10}, {30, 30});
  CHECK(far.size() == 9);
  CHECK(Copies(mark, {0, 0, 1, 1}, {20'000, 10'000}).count() == 200'000'000);
  const auto wide = boxes(tiled(Tile::brick, {200'000'000, Length::Unit::pixels}), {0, 0, 10, 10}, {30, 30});
  CHECK(wide == std::vector<Box>{{0, 0, 10, 10}, {0, 20, 10, 10}});
}
