// What is put on the sheet is seen there: through transparency the squares, beside it the paper.

#include "worker/preview/sheet.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

constexpr double light_square = 204;  // 0.8 of 255
constexpr double dark_square = 153;
constexpr double paper = 240;

vips::VImage of_one_colour(const std::vector<double>& colour) {
  return vips::VImage::black(16, 16)
      .new_from_image(colour)
      .cast(VIPS_FORMAT_UCHAR)
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
      .copy_memory();
}

/// A sheet of 32x32 with the picture in its middle.
vips::VImage sheet_with(const vips::VImage& picture) {
  Sheet sheet({32, 32});
  sheet.put(picture, {8, 8});
  const auto png = sheet.png();
  return vips::VImage::pngload_source(vips::VSource::new_from_memory(png.data(), png.size())).copy_memory();
}

void check_pixel(const vips::VImage& sheet, int x, int y, const std::vector<double>& wanted) {
  const std::vector<double> is = sheet.getpoint(x, y);
  CAPTURE(x, y, is.at(0), is.at(1), is.at(2));
  for (std::size_t band = 0; band < 3; ++band) CHECK(std::abs(is.at(band) - wanted[band]) <= 1);
}

}  // namespace

TEST_CASE("a picture without transparency hides the sheet") {
  start_vips();
  const vips::VImage sheet = sheet_with(of_one_colour({200, 100, 50}));
  check_pixel(sheet, 8, 8, {200, 100, 50});
  check_pixel(sheet, 23, 23, {200, 100, 50});
  check_pixel(sheet, 7, 8, {paper, paper, paper});
  check_pixel(sheet, 24, 23, {paper, paper, paper});
}

TEST_CASE("squares are seen through transparency as much as it lets them") {
  start_vips();
  for (const double alpha : {0.0, 51.0, 128.0, 255.0}) {
    CAPTURE(alpha);
    const vips::VImage sheet = sheet_with(of_one_colour({255, 100, 0, alpha}));
    const auto over = [alpha](double square) {
      const auto mixed = [&](double colour) { return (colour * alpha + square * (255 - alpha)) / 255; };
      return std::vector<double>{mixed(255), mixed(100), mixed(0)};
    };
    check_pixel(sheet, 20, 10, over(light_square));  // the ground
    check_pixel(sheet, 10, 10, over(dark_square));   // a square at its upper left
  }
}

}  // namespace wm
