#include <array>
#include <span>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/sample_pictures.h"
#include "worker/marks/mark_source.h"
#include "worker/vips/runtime.h"

using namespace wm;

namespace {

/// A logo of one row of grey pixels, keyed by white.
Raster keyed(const std::vector<std::uint8_t>& greys, double tolerance) {
  start_vips();
  test::Pixels pixels{static_cast<int>(greys.size()), 1, 3, {}};
  for (const std::uint8_t grey : greys) pixels.samples.insert(pixels.samples.end(), 3, grey);
  const std::string bytes = test::encoded(pixels, ".png");
  const auto raw = std::as_bytes(std::span(bytes));
  Mark mark;
  mark.source = Logo{"logo.png", {raw.begin(), raw.end()}, ColourKey{{255, 255, 255, 255}, tolerance}};
  const auto source = make_mark_source(mark);
  return source->draw({100, 100}, source->natural_size({100, 100}));
}

}  // namespace

TEST_CASE("a key makes its colour transparent and leaves the rest, with a soft edge between") {
  // 0.2 of 255 is 51: transparent down to 204, opaque from 153 on, and half in the middle.
  const Raster raster = keyed({255, 230, 204, 179, 178, 153, 152, 0}, 0.2);
  const std::array<int, 8> alpha{0, 0, 0, 125, 130, 255, 255, 255};
  for (std::size_t i = 0; i < alpha.size(); ++i) {
    CAPTURE(i);
    CHECK(raster.rgba[4 * i + 3] == alpha[i]);
  }
  CHECK(raster.rgba[4 * 6] == 152);
}

TEST_CASE("a key without tolerance takes its very colour") {
  const Raster raster = keyed({255, 254, 0}, 0);
  CHECK(raster.rgba[3] == 0);
  CHECK(raster.rgba[7] == 255);
  CHECK(raster.rgba[11] == 255);
}

TEST_CASE("the channel that differs most decides") {
  start_vips();
  const test::Pixels pixels{2, 1, 4, {0, 255, 0, 100, 0, 255, 102, 100}};
  const std::string bytes = test::encoded(pixels, ".png");
  const auto raw = std::as_bytes(std::span(bytes));
  Mark mark;
  mark.source = Logo{"logo.png", {raw.begin(), raw.end()}, ColourKey{{0, 255, 0, 255}, 0.25}};
  const auto source = make_mark_source(mark);
  const Raster raster = source->draw({9, 9}, {2, 1});
  CHECK(raster.rgba[3] == 0);
  CHECK(raster.rgba[7] == 60);  // 100 * (102 - 63.75) / 63.75
}
