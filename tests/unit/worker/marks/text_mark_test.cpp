// How texts look: fill, stroke, shadow, alignment, size. The letter of most of these tests is U+2588, a full
// block, which is a rectangle in every font, so that its look follows from geometry.

#include <cmath>
#include <numbers>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/drawn_text.h"

using namespace wm;
using namespace wm::test;

namespace {

constexpr Colour red{255, 0, 0, 255};
constexpr auto block = "\u2588";

Length px(double value) {
  return {value, Length::Unit::pixels};
}

}  // namespace

TEST_CASE("letters have the fill's colour at every edge, and its alpha inside") {
  Text text = text_of("Agfi 8", 40);
  text.fill = {200, 100, 3, 128};
  const Raster raster = drawn(text);
  int full = 0;
  for (int y = 0; y < raster.size.height; ++y) {
    for (int x = 0; x < raster.size.width; ++x) {
      const Pixel pixel = pixel_at(raster, x, y);
      REQUIRE(pixel.alpha <= 128);
      if (pixel.alpha == 0) continue;
      REQUIRE(pixel.red == 200);
      REQUIRE(pixel.green == 100);
      REQUIRE(pixel.blue == 3);
      full += pixel.alpha == 128 ? 1 : 0;
    }
  }
  CHECK(full > 100);
}

TEST_CASE("a text's box is that of its ink") {
  for (const char* words : {"Agfi 8", "j", "_", "\u2588", "two\nlines"}) {
    CAPTURE(words);
    const Raster raster = drawn(text_of(words, 70));
    bool left = false;
    bool right = false;
    bool top = false;
    bool bottom = false;
    for (int y = 0; y < raster.size.height; ++y) {
      left = left || pixel_at(raster, 0, y).alpha > 0;
      right = right || pixel_at(raster, raster.size.width - 1, y).alpha > 0;
    }
    for (int x = 0; x < raster.size.width; ++x) {
      top = top || pixel_at(raster, x, 0).alpha > 0;
      bottom = bottom || pixel_at(raster, x, raster.size.height - 1).alpha > 0;
    }
    CHECK(left);
    CHECK(right);
    CHECK(top);
    CHECK(bottom);
  }
}

TEST_CASE("a stroke has its width on all sides and round corners, outside of the letter") {
  constexpr double width = 12;
  const Moments plain = moments(drawn(text_of(block, 100)));
  const Size plain_size = drawn(text_of(block, 100)).size;
  Text text = text_of(block, 100);
  text.fill = {0, 0, 255, 100};
  text.stroke = Stroke{px(width), red};
  const Raster raster = drawn(text);
  CHECK(raster.size.width == Approx(plain_size.width + 2 * width).margin(1));
  CHECK(raster.size.height == Approx(plain_size.height + 2 * width).margin(1));

  const Pixel middle = pixel_at(raster, raster.size.width / 2, raster.size.height / 2);
  CHECK(middle.red == 0);  // nothing of the stroke shines through
  CHECK(middle.blue == 255);
  CHECK(middle.alpha == 100);

  double left = 0;
  double right = 0;
  for (int x = 0; x < raster.size.width; ++x) {
    const Pixel pixel = pixel_at(raster, x, raster.size.height / 2);
    if (pixel.red < 128) continue;
    (x < raster.size.width / 2 ? left : right) += pixel.alpha / 255.0;
  }
  CHECK(left == Approx(width).margin(1));
  CHECK(right == Approx(width).margin(1));
  CHECK(left + right == Approx(2 * width).margin(1.2));
  CHECK(pixel_at(raster, 0, 0).alpha == 0);

  // A rectangle W x H with a rounded margin w: 2 (W + H) w along the sides, a circle at the corners.
  const double area = moments(raster, [](const Pixel& pixel) {
                        return pixel.red > 0 ? pixel.red / 255.0 * pixel.alpha / 255.0 : 0.0;
                      }).area;
  const double height_of_block = plain.area / (plain_size.width - 0.5);
  const double expected =
      2 * (plain.area / height_of_block + height_of_block) * width + std::numbers::pi * width * width;
  CHECK(area == Approx(expected).epsilon(0.02));
}

TEST_CASE("a stroke in per cent grows with the font") {
  Text small = text_of(block, 50);
  small.stroke = Stroke{{10, Length::Unit::percent}, red};
  Text large = small;
  large.size = px(200);
  CHECK(drawn(small).size.width - drawn(text_of(block, 50)).size.width == Approx(10).margin(1));
  CHECK(drawn(large).size.width - drawn(text_of(block, 200)).size.width == Approx(40).margin(1));
}

TEST_CASE("a shadow lies where its offset says and is as wide as its blur says") {
  const Raster plain = drawn(text_of(block, 60));
  const Moments letter = moments(plain);
  Text text = text_of(block, 60);
  text.fill.alpha = 0;  // the shadow alone is seen
  text.shadow = Shadow{px(40), px(35), px(0), {10, 20, 30, 255}};
  const Moments sharp = moments(drawn(text));
  CHECK(sharp.area == Approx(letter.area).epsilon(0.001));
  CHECK(sharp.x - letter.x == Approx(40).margin(0.01));
  CHECK(sharp.y - letter.y == Approx(35).margin(0.01));

  for (const double deviation : {0.8, 2.0, 5.5, 10.0}) {
    CAPTURE(deviation);
    text.shadow->blur = px(deviation);
    const Raster raster = drawn(text);
    const Moments soft = moments(raster);
    CHECK(soft.area == Approx(letter.area).epsilon(0.01));
    CHECK(soft.x - letter.x == Approx(40).margin(0.3));
    CHECK(soft.y - letter.y == Approx(35).margin(0.3));
    CHECK(std::sqrt(soft.spread_x - sharp.spread_x) == Approx(deviation).epsilon(0.06));
    const Pixel pixel = pixel_at(raster, static_cast<int>(soft.x), static_cast<int>(soft.y));
    CHECK(pixel.red == 10);
    CHECK(pixel.green == 20);
    CHECK(pixel.blue == 30);
  }
}

TEST_CASE("a shadow up and to the left is within the box, below the letters") {
  Text text = text_of(block, 60);
  const Raster plain = drawn(text);
  text.fill = red;
  text.shadow = Shadow{px(-20), px(-10), px(0), {0, 0, 255, 128}};
  const Raster raster = drawn(text);
  CHECK(raster.size == Size{plain.size.width + 20, plain.size.height + 10});
  const Pixel shadow = pixel_at(raster, 5, 5);
  CHECK(shadow.blue == 255);
  CHECK(shadow.alpha == 128);
  const Pixel letter = pixel_at(raster, 20 + plain.size.width / 2, 10 + plain.size.height / 2);
  CHECK(letter.red == 255);
  CHECK(letter.blue == 0);
  CHECK(letter.alpha == 255);
}

TEST_CASE("lines are aligned to each other by the side that is asked for") {
  for (const char* words : {"\u2588\u2588\u2588\u2588\n\u2588", "\u0645\u0631\u062d\u0628\u0627\n\u0627"}) {
    Text text = text_of(words, 100);
    const auto lines_of = [&](TextAlign align) {
      text.align = align;
      const Raster raster = drawn(text);
      const int top = raster.size.height / 8;
      return std::pair(inked_columns(raster, 0, raster.size.height / 2 - top),
                       inked_columns(raster, raster.size.height / 2 + top, raster.size.height));
    };
    constexpr double bearing = 12;  // what letters leave free at their sides
    const auto [left_long, left_short] = lines_of(TextAlign::left);
    CHECK(left_short.first == Approx(left_long.first).margin(bearing));
    CHECK(left_short.last < left_long.last - 60);
    const auto [right_long, right_short] = lines_of(TextAlign::right);
    CHECK(right_short.last == Approx(right_long.last).margin(bearing));
    CHECK(right_short.first > right_long.first + 60);
    const auto [middle_long, middle_short] = lines_of(TextAlign::center);
    CHECK(middle_short.first + middle_short.last ==
          Approx(middle_long.first + middle_long.last).margin(bearing));
  }
}

TEST_CASE("a long line keeps all of its letters") {
  std::string many;
  for (int i = 0; i < 60; ++i) many += block;
  const double one = moments(drawn(text_of(block, 50))).area;
  // Blocks of neighbours touch or overlap by a hair.
  CHECK(moments(drawn(text_of(many, 50))).area == Approx(60 * one).epsilon(0.05));
}

TEST_CASE("a text fills the size that it is drawn at, as sharp as at its own") {
  start_vips();
  const Text text = text_of(block, 30);
  TextMark mark(text);
  constexpr Size picture{500, 500};
  const Size natural = mark.natural_size(picture);
  const double area = moments(mark.draw(picture, natural)).area;
  for (const int times : {2, 5, 20}) {
    const Raster raster = mark.draw(picture, {natural.width * times, natural.height * times});
    CHECK(moments(raster).area == Approx(area * times * times).epsilon(0.01));
    int soft = 0;  // in a row through the middle
    for (int x = 0; x < raster.size.width; ++x) {
      const int alpha = pixel_at(raster, x, raster.size.height / 2).alpha;
      soft += alpha > 0 && alpha < 255 ? 1 : 0;
    }
    CHECK(soft <= 2);
  }
  CHECK(mark.draw(picture, {7, 300}).size == Size{7, 300});
  CHECK(mark.draw(picture, {1, 1}).size == Size{1, 1});
}

TEST_CASE("a text of no reasonable size is still drawn within bounds") {
  start_vips();
  Text text = text_of(std::string(4000, 'W'), 10'000);
  text.stroke = Stroke{px(10'000), red};
  TextMark mark(text);
  const Size size = mark.natural_size({10'000, 10'000});
  CHECK(size.width <= 32'000);
  CHECK(static_cast<double>(size.width) * size.height <= 33e6);
  CHECK(mark.draw({10'000, 10'000}, {500, 20}).size == Size{500, 20});
}

TEST_CASE("a text of which nothing would be seen is refused") {
  start_vips();
  Text text = text_of("A", 20);
  text.fill.alpha = 0;
  CHECK_THROWS_AS(TextMark(text), MarkError);
  text.stroke = Stroke{px(2), red};
  CHECK_NOTHROW(TextMark(text));
}
