#include "worker/marks/rotation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "tests/support/catch.h"
#include "worker/marks/raster_image.h"
#include "worker/vips/runtime.h"

using namespace wm;

namespace {

Raster random_raster(Size size) {
  std::mt19937 random(3);
  Raster raster{size, {}};
  raster.rgba.resize(4 * raster.pixel_count());
  for (auto& sample : raster.rgba) sample = static_cast<std::uint8_t>(random());
  return raster;
}

Raster plain_raster(Size size, std::array<std::uint8_t, 4> colour) {
  Raster raster{size, {}};
  for (std::size_t i = 0; i < raster.pixel_count(); ++i) {
    raster.rgba.insert(raster.rgba.end(), colour.begin(), colour.end());
  }
  return raster;
}

std::array<std::uint8_t, 4> pixel(const Raster& raster, int x, int y) {
  const auto at = 4 * static_cast<std::size_t>(y * raster.size.width + x);
  return {raster.rgba[at], raster.rgba[at + 1], raster.rgba[at + 2], raster.rgba[at + 3]};
}

struct AlphaMoments {
  double area = 0, x = 0, y = 0;
};

/// Area and middle of what can be seen; a pixel's middle is at its number plus a half.
AlphaMoments alpha_moments(const Raster& raster) {
  AlphaMoments result;
  for (int y = 0; y < raster.size.height; ++y) {
    for (int x = 0; x < raster.size.width; ++x) {
      const double alpha = pixel(raster, x, y)[3] / 255.0;
      result.area += alpha;
      result.x += alpha * (x + 0.5);
      result.y += alpha * (y + 0.5);
    }
  }
  result.x /= result.area;
  result.y /= result.area;
  return result;
}

}  // namespace

TEST_CASE("quarter turns move every pixel and change none") {
  start_vips();
  for (const Size size : {Size{5, 3}, Size{4, 6}, Size{1, 1}, Size{1, 7}}) {
    const Raster raster = random_raster(size);
    const auto [w, h] = size;
    for (const double whole : {0.0, 360.0, -360.0, 720.0}) {
      CAPTURE(w, h, whole);
      CHECK(turned(raster, Rotation(whole)).rgba == raster.rgba);
      const Raster right = turned(raster, Rotation(whole + 90));
      const Raster over = turned(raster, Rotation(whole + 180));
      const Raster left = turned(raster, Rotation(whole - 90));
      REQUIRE(right.size == Size{h, w});
      REQUIRE(over.size == size);
      REQUIRE(left.size == Size{h, w});
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
          // Clockwise, the first row becomes the last column.
          REQUIRE(pixel(right, h - 1 - y, x) == pixel(raster, x, y));
          REQUIRE(pixel(over, w - 1 - x, h - 1 - y) == pixel(raster, x, y));
          REQUIRE(pixel(left, y, w - 1 - x) == pixel(raster, x, y));
        }
      }
    }
  }
}

TEST_CASE("the box of a turned mark is the smallest that holds its corners") {
  for (const Size size : {Size{1, 1}, Size{40, 30}, Size{101, 7}, Size{300, 300}}) {
    for (double degrees = -359.5; degrees <= 360; degrees += 7.25) {
      const Size box = Rotation(degrees).turned(size);
      const double angle = std::acos(-1.0) * degrees / 180;
      double right = 0;
      double bottom = 0;
      for (const double x : {-0.5, 0.5}) {
        for (const double y : {-0.5, 0.5}) {
          right = std::max(right, x * size.width * std::cos(angle) - y * size.height * std::sin(angle));
          bottom = std::max(bottom, x * size.width * std::sin(angle) + y * size.height * std::cos(angle));
        }
      }
      CAPTURE(size.width, size.height, degrees);
      CHECK(box.width >= 2 * right - 1e-5);
      CHECK(box.width < 2 * right + 1);
      CHECK(box.height >= 2 * bottom - 1e-5);
      CHECK(box.height < 2 * bottom + 1);
    }
  }
  CHECK(Rotation(45).turned({100, 100}) == Size{142, 142});
  CHECK(Rotation(30).turned({200, 100}) == Size{224, 187});
}

TEST_CASE("a turned rectangle keeps its area, its middle and its colour") {
  start_vips();
  for (const double degrees : {45.0, 30.0, -20.0, 135.0, 200.5}) {
    for (const Size size : {Size{60, 40}, Size{61, 24}}) {
      CAPTURE(degrees, size.width);
      const Raster result = turned(plain_raster(size, {200, 100, 50, 255}), Rotation(degrees));
      REQUIRE(result.size == Rotation(degrees).turned(size));
      const AlphaMoments seen = alpha_moments(result);
      CHECK(seen.area == Approx(size.width * size.height).epsilon(0.005));
      CHECK(std::abs(seen.x - result.size.width / 2.0) < 0.02);
      CHECK(std::abs(seen.y - result.size.height / 2.0) < 0.02);
      int strange = 0;
      for (int y = 0; y < result.size.height; ++y) {
        for (int x = 0; x < result.size.width; ++x) {
          const auto [r, g, b, a] = pixel(result, x, y);
          if (a < 8) continue;  // of so few levels a colour cannot be told
          const int tolerance = 1 + 255 / (2 * a);
          strange +=
              std::abs(r - 200) > tolerance || std::abs(g - 100) > tolerance || std::abs(b - 50) > tolerance;
        }
      }
      CHECK(strange == 0);
    }
  }
}

TEST_CASE("a mark turns clockwise, its transparent pixels do not colour the others") {
  start_vips();
  // The right half is opaque green, the left half transparent red.
  Raster raster = plain_raster({80, 40}, {255, 0, 0, 0});
  for (int y = 0; y < 40; ++y) {
    for (int x = 40; x < 80; ++x) {
      const std::array<std::uint8_t, 4> green{0, 255, 0, 255};
      std::copy(green.begin(), green.end(), raster.rgba.begin() + 4 * (y * 80 + x));
    }
  }
  const Raster result = turned(raster, Rotation(30));
  const AlphaMoments seen = alpha_moments(result);
  const double angle = std::acos(-1.0) / 6;
  CHECK(seen.area == Approx(1600).epsilon(0.005));
  CHECK(std::abs(seen.x - (result.size.width / 2.0 + 20 * std::cos(angle))) < 0.05);
  CHECK(std::abs(seen.y - (result.size.height / 2.0 + 20 * std::sin(angle))) < 0.05);
  int red = 0;
  for (std::size_t i = 0; i < result.rgba.size(); i += 4) red += result.rgba[i + 3] > 0 && result.rgba[i] > 0;
  CHECK(red == 0);
}

TEST_CASE("an angle that is no number does not turn") {
  CHECK(Rotation(std::nan("")).quarter_turns() == 0);
  CHECK(Rotation(INFINITY).quarter_turns() == 0);
  CHECK(Rotation(-1e-300).quarter_turns() == 0);
  CHECK_FALSE(Rotation(90.001).quarter_turns());
}
