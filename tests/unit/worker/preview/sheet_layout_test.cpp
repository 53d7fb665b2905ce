#include "worker/preview/sheet_layout.h"

#include <cmath>

#include "common/preview/preview_request.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

bool overlap(const Box& a, const Box& b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height &&
         b.top < a.top + a.height;
}

bool inside(const Box& box, Size sheet) {
  return clip(box, sheet) == box;
}

TEST_CASE("a contact sheet has a cell for each picture, which do not overlap and lie on it") {
  for (unsigned count = 1; count <= most_previewed; ++count) {
    CAPTURE(count);
    const ContactLayout layout = contact_layout(count);
    REQUIRE(layout.pictures.size() == count);
    REQUIRE(layout.captions.size() == count);
    std::vector<Box> all = layout.pictures;
    all.insert(all.end(), layout.captions.begin(), layout.captions.end());
    bool apart = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
      apart = apart && inside(all[i], layout.sheet) && !all[i].empty();
      for (std::size_t j = 0; j < i; ++j) apart = apart && !overlap(all[i], all[j]);
    }
    CHECK(apart);
    for (unsigned i = 0; i < count; ++i) {
      CHECK(layout.pictures[i].size() == layout.picture);
      CHECK(layout.captions[i].top == layout.pictures[i].top + layout.picture.height);
    }
    CHECK(layout.sheet.width <= 3000);
    CHECK(layout.sheet.height <= 3000);
    CHECK(layout.picture.width >= 200);
  }
}

TEST_CASE("the cells are in reading order") {
  const ContactLayout layout = contact_layout(9);
  for (std::size_t i = 1; i < 9; ++i) {
    const Box& before = layout.pictures[i - 1];
    const Box& box = layout.pictures[i];
    CHECK((i % 3 == 0 ? box.top > before.top && box.left == layout.pictures[0].left
                      : box.top == before.top && box.left > before.left));
  }
}

TEST_CASE("wide pictures are compared one above the other, tall ones beside each other") {
  CHECK(comparison_plan({3000, 2000}).stacked);
  CHECK(comparison_plan({10'000, 100}).stacked);
  CHECK(!comparison_plan({2000, 3000}).stacked);
  CHECK(!comparison_plan({100, 80}).stacked);  // both ways as large as it is
}

TEST_CASE("a comparison has its two pictures and captions apart, of any shape") {
  for (const Size shown : {Size{1, 1}, Size{1, 1200}, Size{1600, 1}, Size{800, 500}}) {
    for (const bool stacked : {false, true}) {
      const ComparisonLayout layout = comparison_layout(shown, stacked);
      const Box all[] = {layout.before, layout.after, layout.before_caption, layout.after_caption};
      for (const Box& box : all) CHECK(inside(box, layout.sheet));
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < i; ++j) CHECK(!overlap(all[i], all[j]));
      }
      CHECK(layout.before.size() == shown);
      CHECK(layout.after.size() == shown);
      CHECK((stacked ? layout.after.left == layout.before.left : layout.after.top == layout.before.top));
    }
  }
}

TEST_CASE("a box is scaled outwards to whole pixels") {
  for (const Size to : {Size{100, 80}, Size{50, 40}, Size{33, 27}, Size{1, 1}}) {
    for (int left = -7; left < 110; left += 3) {
      for (const int width : {1, 2, 13, 300}) {
        const Box scaled = scaled_box({left, left, width, width}, {100, 80}, to, {5, 9});
        const double x = to.width / 100.0, y = to.height / 80.0;
        CAPTURE(to.width, left, width);
        CHECK(scaled.left == 5 + std::floor(left * x + 1e-9));
        CHECK(scaled.top == 9 + std::floor(left * y + 1e-9));
        CHECK(scaled.left + scaled.width == 5 + std::ceil((left + width) * x - 1e-9));
        CHECK(scaled.top + scaled.height == 9 + std::ceil((left + width) * y - 1e-9));
      }
    }
  }
  const Box huge = scaled_box({-100'000'000, 0, 200'000'000, 1}, {1000, 1000}, {500, 500}, {0, 0});
  CHECK(huge == Box{-50'000'000, 0, 100'000'000, 1});
}

TEST_CASE("a picture stands on its caption, in the middle") {
  CHECK(standing({10, 20}, {100, 200, 30, 40}) == Box{110, 220, 10, 20});
  CHECK(standing({30, 40}, {100, 200, 30, 40}) == Box{100, 200, 30, 40});
}

}  // namespace
}  // namespace wm
