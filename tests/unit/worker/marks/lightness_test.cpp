#include "worker/marks/lightness.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/support/catch.h"
#include "worker/marks/lab.h"

using namespace wm;

namespace {

template <class Sample>
double lightness_of(PixelLayout layout, std::vector<Sample> pixel) {
  layout.bands = static_cast<int>(pixel.size());
  return mean_lightness({reinterpret_cast<std::byte*>(pixel.data()), pixel.size() * sizeof(Sample), {1, 1}},
                        layout, {0, 0, 1, 1});
}

PixelLayout layout_of(ColourSpace space, int colours, SampleType type = SampleType::u8, double white = 255) {
  PixelLayout layout;
  layout.space = space;
  layout.colour_bands = colours;
  layout.type = type;
  layout.white = layout.opaque = white;
  return layout;
}

Raster one_pixel(std::array<std::uint8_t, 4> colour) {
  return {{1, 1}, {colour.begin(), colour.end()}};
}

}  // namespace

TEST_CASE("lightness has its meaning in every colour space") {
  const auto rgb = layout_of(ColourSpace::rgb, 3);
  CHECK(lightness_of<std::uint8_t>(rgb, {255, 255, 255}) == Approx(1));
  CHECK(lightness_of<std::uint8_t>(rgb, {255, 0, 0}) == Approx(0.2126));
  CHECK(lightness_of<std::uint8_t>(rgb, {0, 255, 0}) == Approx(0.7152));
  CHECK(lightness_of<std::uint8_t>(rgb, {0, 0, 255}) == Approx(0.0722));
  CHECK(lightness_of<std::uint16_t>(layout_of(ColourSpace::rgb, 3, SampleType::u16, 65535), {65535, 0, 0}) ==
        Approx(0.2126));
  CHECK(lightness_of<std::uint8_t>(layout_of(ColourSpace::grey, 1), {51}) == Approx(0.2));
  CHECK(lightness_of<float>(layout_of(ColourSpace::lab, 3, SampleType::f32, 1), {30, 50, 50}) == Approx(0.3));
  const auto cmyk = layout_of(ColourSpace::cmyk, 4);
  CHECK(lightness_of<std::uint8_t>(cmyk, {0, 0, 0, 0}) == Approx(1));
  CHECK(lightness_of<std::uint8_t>(cmyk, {0, 0, 0, 255}) == Approx(0));
  CHECK(lightness_of<std::uint8_t>(cmyk, {0, 255, 255, 0}) == Approx(0.2126));
  CHECK(lightness_of<std::uint8_t>(cmyk, {0, 255, 255, 51}) == Approx(0.2126 * 0.8));
  // Half the light is 0.735 in sRGB.
  CHECK(lightness_of<float>(layout_of(ColourSpace::linear_rgb, 3, SampleType::f32, 1), {0.5, 0.5, 0.5}) ==
        Approx(0.7354).epsilon(1e-3));
  // Highlights and what is no number are white and nothing.
  CHECK(lightness_of<float>(layout_of(ColourSpace::grey, 1, SampleType::f32, 1), {1e30F}) == Approx(1));
  CHECK(lightness_of<float>(layout_of(ColourSpace::grey, 1, SampleType::f32, 1), {NAN}) == 0);
}

TEST_CASE("transparent pixels of a picture count as white") {
  auto layout = layout_of(ColourSpace::rgb, 3);
  layout.has_alpha = true;
  CHECK(lightness_of<std::uint8_t>(layout, {0, 0, 0, 0}) == Approx(1));
  CHECK(lightness_of<std::uint8_t>(layout, {0, 0, 0, 51}) == Approx(0.8));
}

TEST_CASE("the mean is that of the box") {
  std::vector<std::uint8_t> pixels(20 * 10, 255);
  for (std::size_t y = 2; y < 6; ++y) {
    for (std::size_t x = 3; x < 11; ++x) pixels[y * 20 + x] = x < 7 ? 0 : 102;
  }
  auto layout = layout_of(ColourSpace::grey, 1);
  layout.bands = 1;
  const PixelArea area{reinterpret_cast<std::byte*>(pixels.data()), 20, {20, 10}};
  CHECK(mean_lightness(area, layout, {3, 2, 8, 4}) == Approx(0.2));
  CHECK(mean_lightness(area, layout, {3, 2, 4, 4}) == Approx(0));
  CHECK(mean_lightness(area, layout, {0, 0, 20, 10}) == Approx((200 - 32 + 16 * 0.4) / 200));
}

TEST_CASE("a mark's lightness is weighted by its alpha") {
  Raster raster{{3, 1}, {255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0}};
  CHECK(mean_lightness(raster) == Approx(0.5));
  raster.rgba[7] = 51;
  CHECK(mean_lightness(raster) == Approx(255.0 / 306));
  CHECK(mean_lightness(one_pixel({255, 255, 255, 0})) == 0);
}

TEST_CASE("the counterpart has the inverted L, the same a and b, and the same alpha") {
  CHECK(lightness_inverted(one_pixel({255, 255, 255, 7})).rgba == std::vector<std::uint8_t>{0, 0, 0, 7});
  CHECK(lightness_inverted(one_pixel({0, 0, 0, 200})).rgba == std::vector<std::uint8_t>{255, 255, 255, 200});
  // L of sRGB grey 60 is 25.3; that of 75 is 74.7: grey 184.
  CHECK(lightness_inverted(one_pixel({60, 60, 60, 255})).rgba[0] == Approx(184).margin(1));
  const auto lab = [](const std::vector<std::uint8_t>& rgba) {
    return lab_of({rgba[0] / 255.0, rgba[1] / 255.0, rgba[2] / 255.0});
  };
  for (const std::array<std::uint8_t, 4> colour :
       {std::array<std::uint8_t, 4>{90, 60, 70, 255}, std::array<std::uint8_t, 4>{200, 170, 190, 255}}) {
    const Raster raster = one_pixel(colour);
    const Lab before = lab(raster.rgba);
    const Lab after = lab(lightness_inverted(raster).rgba);
    CHECK(after.lightness == Approx(100 - before.lightness).margin(0.5));
    CHECK(after.a == Approx(before.a).margin(1));
    CHECK(after.b == Approx(before.b).margin(1));
  }
}

TEST_CASE("Lab is that of CIE 15 and leads back to the same sRGB") {
  // Published values for D65.
  const Lab red = lab_of({1, 0, 0});
  CHECK(red.lightness == Approx(53.24).margin(0.01));
  CHECK(red.a == Approx(80.09).margin(0.02));
  CHECK(red.b == Approx(67.20).margin(0.02));
  const Lab blue = lab_of({0, 0, 1});
  CHECK(blue.lightness == Approx(32.30).margin(0.01));
  CHECK(blue.a == Approx(79.19).margin(0.02));
  CHECK(blue.b == Approx(-107.86).margin(0.02));
  for (const Srgb colour : {Srgb{0, 0, 0}, Srgb{1, 1, 1}, Srgb{0.02, 0.5, 0.9}, Srgb{-0.2, 1.3, 0.4}}) {
    const Srgb back = srgb_of(lab_of(colour));
    for (std::size_t i = 0; i < 3; ++i) CHECK(back[i] == Approx(colour[i]).margin(1e-5));
  }
}
