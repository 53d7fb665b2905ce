#include "worker/marks/mark_source.h"

#include <span>
#include <string>

#include <vips/vips8>

#include "tests/support/catch.h"
#include "worker/vips/runtime.h"

using namespace wm;

namespace {

Mark logo_of(const std::string& bytes) {
  const auto raw = std::as_bytes(std::span(bytes));
  const Logo logo{"logo.file", {raw.begin(), raw.end()}};
  Mark mark;
  mark.source = logo;
  return mark;
}

Mark text_mark_of(const std::string& words) {
  Text text;
  text.text = words;
  Mark mark;
  mark.source = text;
  return mark;
}

/// A PNG file of 16 bits.
std::string logo_of_alpha(double alpha) {
  const vips::VImage image = vips::VImage::black(4, 4).cast(VIPS_FORMAT_USHORT).bandjoin({9.0, 9.0, alpha});
  VipsBlob* const blob =
      image.copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_RGB16)).pngsave_buffer();
  std::size_t size = 0;
  const auto* const bytes = static_cast<const char*>(vips_blob_get(blob, &size));
  std::string file(bytes, size);
  vips_area_unref(VIPS_AREA(blob));
  return file;
}

constexpr auto svg =
    "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'>"
    "<rect width='20' height='10' fill='#ff0000'/></svg>";

}  // namespace

TEST_CASE("an SVG logo is drawn at the size that is asked for") {
  start_vips();
  const Mark mark = logo_of(svg);
  const auto source = make_mark_source(mark);
  CHECK(source->natural_size({100, 100}) == Size{20, 10});
  const Raster raster = source->draw({1000, 1000}, {200, 100});
  REQUIRE(raster.size == Size{200, 100});
  for (std::size_t i = 0; i < raster.rgba.size(); i += 4) {
    REQUIRE(raster.rgba[i] == 255);
    REQUIRE(raster.rgba[i + 1] == 0);
    REQUIRE(raster.rgba[i + 3] == 255);
  }
}

TEST_CASE("a text's size follows the picture's shorter side") {
  start_vips();
  const Mark mark = text_mark_of("<b>& Co");
  const auto source = make_mark_source(mark);
  const Size small = source->natural_size({4000, 400});
  const Size large = source->natural_size({800, 4000});
  CHECK(large.height == Approx(2 * small.height).margin(3));
  CHECK(large.width == Approx(2 * small.width).margin(8));
  CHECK(source->draw({800, 4000}, large).size == large);
  CHECK(source->draw({800, 4000}, {large.width * 3, large.height * 3}).size ==
        Size{large.width * 3, large.height * 3});
}

TEST_CASE("what cannot be drawn is named") {
  start_vips();
  using Catch::Matchers::Contains;
  CHECK_THROWS_WITH(make_mark_source(logo_of("not a picture")), Contains("logo.file"));
  CHECK_THROWS_WITH(make_mark_source(logo_of("")), Contains("logo.file"));
  CHECK_THROWS_WITH(make_mark_source(logo_of("\x89PNG\r\n\x1a\nrubbish")), Contains("logo.file"));
  CHECK_THROWS_WITH(
      make_mark_source(logo_of("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")),
      Contains("nothing of the logo logo.file can be seen"));
  CHECK_THROWS_WITH(make_mark_source(logo_of(logo_of_alpha(100))), Contains("all of it is transparent"));
  CHECK(make_mark_source(logo_of(logo_of_alpha(65535)))->most_alpha() == 255);
  CHECK_THROWS_WITH(make_mark_source(text_mark_of("Caf\xe9")), Contains("UTF-8"));
  CHECK_THROWS_AS(make_mark_source(text_mark_of("")), MarkError);
  CHECK_THROWS_AS(make_mark_source(text_mark_of("   ")), MarkError);
}
