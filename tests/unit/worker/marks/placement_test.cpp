#include "worker/marks/placement.h"

#include <cmath>

#include "tests/support/catch.h"

using namespace wm;

namespace {

Mark mark_at(Gravity gravity, Length x = {}, Length y = {}) {
  Mark mark;
  mark.gravity = gravity;
  mark.offset_x = x;
  mark.offset_y = y;
  return mark;
}

/// The definition, written another way: the edge that a gravity names, and the direction an offset goes.
int expected(int side, int picture, int mark, double offset) {
  const int rounded = static_cast<int>(std::floor(offset + 0.5));
  if (side < 0) return rounded;
  if (side > 0) return picture - rounded - mark;
  return (picture - mark + ((picture - mark) % 2 != 0 ? 1 : 0)) / 2 + rounded;
}

}  // namespace

TEST_CASE("every gravity puts the mark at its edge, offsets go inwards") {
  const Size natural{31, 12};
  for (const Size picture : {Size{200, 100}, Size{101, 333}, Size{64, 64}}) {
    for (int g = 0; g < 9; ++g) {
      for (const Length offset : {Length{0}, Length{7}, Length{-5}, Length{2.5},
                                  Length{10, Length::Unit::percent}, Length{-3.3, Length::Unit::percent}}) {
        const Box box = place_mark(mark_at(static_cast<Gravity>(g), offset, offset), natural, picture).box;
        CAPTURE(gravity_names[static_cast<std::size_t>(g)], offset.value, picture.width);
        CHECK(box.size() == natural);
        CHECK(box.left == expected(g % 3 - 1, picture.width, 31, to_pixels(offset, picture.width)));
        CHECK(box.top == expected(g / 3 - 1, picture.height, 12, to_pixels(offset, picture.height)));
      }
    }
  }
}

TEST_CASE("a scale is a share of the side it names") {
  Mark mark;
  mark.scale = 0.15;
  const Size natural{400, 100};
  const Size picture{1000, 2000};
  const auto size = [&](ScaleOf of) {
    mark.scale_of = of;
    return mark_size(mark, natural, picture);
  };
  CHECK(size(ScaleOf::width) == Size{150, 38});
  CHECK(size(ScaleOf::height) == Size{1000, 250});  // 1200 wide: shrunk to fit
  CHECK(size(ScaleOf::shorter) == Size{150, 38});
  CHECK(size(ScaleOf::longer) == Size{300, 75});
  // Of a mark that is taller than wide, the height is its longer side.
  CHECK(mark_size({.scale = 0.15, .scale_of = ScaleOf::shorter}, {100, 400}, picture) == Size{38, 150});
  CHECK(mark_size({.scale = 0.15, .scale_of = ScaleOf::longer}, {100, 400}, picture) == Size{75, 300});
}

TEST_CASE("a mark bigger than the picture is shrunk and keeps its proportions") {
  CHECK(mark_size({}, {400, 100}, {200, 200}) == Size{200, 50});
  CHECK(mark_size({}, {100, 400}, {200, 200}) == Size{50, 200});
  CHECK(mark_size({}, {4000, 10}, {100, 100}) == Size{100, 1});
  CHECK(mark_size({}, {300, 300}, {1, 1}) == Size{1, 1});
  Mark tiny;
  tiny.scale = 1e-9;
  CHECK(mark_size(tiny, {100, 50}, {100, 100}) == Size{1, 1});
  Mark huge;
  huge.scale = 1e300;
  CHECK(mark_size(huge, {100, 50}, {100, 100}) == Size{100, 50});
}

TEST_CASE("an offset may push the mark over the edge, even far") {
  const Box half = place_mark(mark_at(Gravity::northwest, {-10}, {0}), {20, 20}, {100, 100}).box;
  CHECK(clip(half, {100, 100}) == Box{0, 0, 10, 20});
  const Box gone = place_mark(mark_at(Gravity::southeast, {-1e30}, {1e30}), {20, 20}, {100, 100}).box;
  CHECK(clip(gone, {100, 100}).empty());
}

TEST_CASE("halves are rounded up") {
  CHECK(round_half_up(2.5) == 3);
  CHECK(round_half_up(-2.5) == -2);
  CHECK(round_half_up(2.49) == 2);
}

TEST_CASE("what is done with a mark that is too big is the mark's choice") {
  Mark mark;
  const Size natural{400, 100};
  const Size picture{200, 200};
  for (const IfTooBig choice : {IfTooBig::clip, IfTooBig::skip, IfTooBig::fail}) {
    mark.if_too_big = choice;
    const Placement placement = place_mark(mark, natural, picture);
    CHECK(placement.drawn == natural);
    CHECK(placement.box == Box{-200, 100, 400, 100});
    CHECK_FALSE(fits(placement.box.size(), picture));
  }
  mark.gravity = Gravity::center;
  CHECK(place_mark(mark, natural, picture).box == Box{-100, 50, 400, 100});
  mark.if_too_big = IfTooBig::shrink;
  CHECK(place_mark(mark, natural, picture).box == Box{0, 75, 200, 50});
}

TEST_CASE("a turned mark is scaled before it is turned and placed by the box it then has") {
  Mark mark;
  mark.scale = 0.5;
  mark.rotate = 90;
  const Placement quarter = place_mark(mark, {100, 40}, {200, 150});
  CHECK(quarter.drawn == Size{100, 40});
  CHECK(quarter.box == Box{160, 50, 40, 100});
  mark.rotate = 30;
  // 100 cos 30 + 40 sin 30 = 106.6, 100 sin 30 + 40 cos 30 = 84.6
  CHECK(place_mark(mark, {100, 40}, {200, 150}).box == Box{93, 65, 107, 85});
}

TEST_CASE("a turned mark that is too big becomes as large as fits") {
  Mark mark;
  for (const double degrees : {0.0, 45.0, -30.0, 90.0, 100.0, 179.0, 271.5}) {
    for (const Size natural : {Size{400, 100}, Size{90, 4000}, Size{5000, 2}, Size{777, 778}}) {
      for (const Size picture : {Size{200, 200}, Size{40, 333}, Size{1000, 17}, Size{3, 3}, Size{1, 1}}) {
        mark.rotate = degrees;
        const Placement placement = place_mark(mark, natural, picture);
        CAPTURE(degrees, natural.width, natural.height, picture.width, picture.height);
        const double angle = std::acos(-1.0) * degrees / 180;
        const double c = std::abs(std::cos(angle));
        const double s = std::abs(std::sin(angle));
        const double factor = std::min(picture.width / (natural.width * c + natural.height * s),
                                       picture.height / (natural.width * s + natural.height * c));
        if (factor >= 1) {
          CHECK(placement.drawn == natural);
        } else {
          CHECK((fits(placement.box.size(), picture) || placement.drawn == Size{1, 1}));
          // The longer side is within what rounding may cost.
          const int longer = std::max(placement.drawn.width, placement.drawn.height);
          CHECK(longer <= std::max(natural.width, natural.height) * factor + 1);
          CHECK(longer >= std::max(natural.width, natural.height) * factor *
                                  (1 - 4.0 / std::min(picture.width, picture.height)) -
                              1);
        }
      }
    }
  }
}
