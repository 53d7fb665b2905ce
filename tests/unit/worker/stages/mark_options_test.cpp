// The options of marks through the whole pipeline: expected pixels are computed here, in display space, from
// what the options mean.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "worker/marks/geometry.h"

using namespace wm;
using namespace wm::test;
using vips::VImage;

namespace {

using Colours = std::vector<double>;

/// 8-bit samples of RGB pictures in display space.
struct Seen {
  int width = 0, height = 0;
  std::vector<double> samples;
  [[nodiscard]] double& at(int x, int y, std::size_t band) {
    return samples[3 * static_cast<std::size_t>(y * width + x) + band];
  }
};

Seen seen_of(const VImage& image) {
  const VImage upright =
      image.autorot().extract_band(0, VImage::option()->set("n", 3)).cast(VIPS_FORMAT_UCHAR);
  std::size_t bytes = 0;
  auto* data = static_cast<std::uint8_t*>(upright.write_to_memory(&bytes));
  Seen seen{upright.width(), upright.height(), {data, data + bytes}};
  g_free(data);
  return seen;
}

VImage pattern(int width, int height) {
  start_vips();
  const VImage x = VImage::xyz(width, height).extract_band(0);
  const VImage y = VImage::xyz(width, height).extract_band(1);
  return (x * 7 + y * 13)
      .bandjoin(x * 31 + y * 3 + 50)
      .bandjoin(x * 11 + y * 29 + 90)
      .remainder_const({256, 256, 256})
      .cast(VIPS_FORMAT_UCHAR)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

/// A logo of one colour for each pixel, all opaque.
Logo logo_of(const VImage& image) {
  VipsBlob* blob = image.pngsave_buffer();
  std::size_t size = 0;
  const auto* data = static_cast<const std::byte*>(vips_blob_get(blob, &size));
  Logo logo{"made.png", {data, data + size}};
  vips_area_unref(VIPS_AREA(blob));
  return logo;
}

/// Where the definition puts a mark along one side: 0 low, 1 middle, 2 high.
int expected_position(int part, int whole, int mark, Length offset) {
  const double pixels = offset.unit == Length::Unit::percent ? offset.value * whole / 100 : offset.value;
  const int inwards = static_cast<int>(std::floor(pixels + 0.5));
  if (part == 0) return inwards;
  if (part == 2) return whole - mark - inwards;
  return static_cast<int>(std::floor((whole - mark) / 2.0 + 0.5)) + inwards;
}

/// Source-over of one colour with an opacity, clipped.
void draw(Seen& picture, int left, int top, int width, int height, const Colours& colour, double opacity) {
  for (int y = std::max(top, 0); y < std::min(top + height, picture.height); ++y) {
    for (int x = std::max(left, 0); x < std::min(left + width, picture.width); ++x) {
      for (std::size_t band = 0; band < 3; ++band) {
        double& sample = picture.at(x, y, band);
        sample = std::floor(sample * (1 - opacity) + colour[band] * opacity + 0.5);
      }
    }
  }
}

double largest_difference(const Seen& a, const Seen& b) {
  REQUIRE(a.width == b.width);
  REQUIRE(a.height == b.height);
  double result = 0;
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    result = std::max(result, std::abs(a.samples[i] - b.samples[i]));
  }
  return result;
}

struct MarkOptionsFixture {
  TempDir in, out;
  JobDescription job = job_with(plain_logo(20, 10, {255, 0, 0, 255}), out.path());
  Mark& mark = job.recipe.marks[0];

  /// A TIFF keeps samples and the orientation tag.
  VImage input(VImage image, int orientation, const std::string& file = "x.tif") const {
    image = image.copy();
    if (orientation != 1) image.set(VIPS_META_ORIENTATION, orientation);
    image.tiffsave((in / file).c_str());
    return VImage::new_from_file((in / file).c_str()).copy_memory();
  }
  VImage output(const std::string& file = "x.tif") const {
    const RunResult result = run(job, in / file, file);
    INFO((result.failure ? result.failure->message : std::string("marked")));
    REQUIRE_FALSE(result.failure);
    return VImage::new_from_file((out / file).c_str()).copy_memory();
  }
};

}  // namespace

TEST_CASE_METHOD(MarkOptionsFixture,
                 "marks lie where a viewer expects them for every gravity, orientation and offset") {
  Mark second;
  second.source = plain_logo(7, 5, {0, 0, 255, 255});
  job.recipe.marks.push_back(second);
  job.recipe.marks[0].opacity = 0.5;
  constexpr auto percent = Length::Unit::percent;
  struct Offset {
    Length x, y;
  };
  const std::vector<Offset> offsets{
      {{0}, {0}}, {{3}, {-4}}, {{-2.5}, {2.5}}, {{10, percent}, {-7.5, percent}}};
  const auto check = [&](const Seen& before, int gravity, const Offset& offset) {
    // The second mark has the opposite gravity.
    for (std::size_t i = 0; i < 2; ++i) {
      job.recipe.marks[i].gravity = static_cast<Gravity>(i == 0 ? gravity : 8 - gravity);
      job.recipe.marks[i].offset_x = offset.x;
      job.recipe.marks[i].offset_y = offset.y;
    }
    Seen expected = before;
    const auto expect = [&](int at, int width, int height, const Colours& colour, double opacity) {
      draw(expected, expected_position(at % 3, before.width, width, offset.x),
           expected_position(at / 3, before.height, height, offset.y), width, height, colour, opacity);
    };
    expect(gravity, 20, 10, {255, 0, 0}, 0.5);
    expect(8 - gravity, 7, 5, {0, 0, 255}, 1);
    CAPTURE(gravity, offset.x.value, offset.y.value);
    CHECK(largest_difference(seen_of(output()), expected) == 0);
  };
  for (const Size stored : {Size{60, 41}, Size{43, 50}}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const Seen before = seen_of(input(pattern(stored.width, stored.height), orientation));
      CAPTURE(stored.width, orientation);
      CHECK(before.width == (orientation >= 5 ? stored.height : stored.width));
      // Each run has two gravities, so that five runs have all nine.
      for (int gravity = 0; gravity <= 4; ++gravity) {
        for (const Offset& offset : offsets) check(before, gravity, offset);
      }
    }
  }
}

TEST_CASE_METHOD(MarkOptionsFixture,
                 "a mark has the share of the side that its scale names, as the picture is seen") {
  struct Row {
    ScaleOf of;
    double scale;
    int width, height;  // of a mark of 20x10 on a picture that is seen 80x50, or 50x80
    int width_upright, height_upright;
  };
  const std::vector<Row> rows{{ScaleOf::width, 0.3, 24, 12, 15, 8},    // 7.5: halves are rounded up
                              {ScaleOf::width, 1, 80, 40, 50, 25},     // the whole width
                              {ScaleOf::height, 0.4, 40, 20, 50, 25},  // 64x32 does not fit
                              {ScaleOf::height, 0.1, 10, 5, 16, 8},   {ScaleOf::shorter, 0.8, 40, 20, 40, 20},
                              {ScaleOf::longer, 0.5, 40, 20, 40, 20}, {ScaleOf::longer, 0.001, 1, 1, 1, 1}};
  for (const int orientation : {1, 6}) {
    const Seen before = seen_of(input(pattern(80, 50), orientation));
    for (const Row& row : rows) {
      mark.scale = row.scale;
      mark.scale_of = row.of;
      const int width = orientation == 1 ? row.width : row.width_upright;
      const int height = orientation == 1 ? row.height : row.height_upright;
      Seen expected = before;
      draw(expected, before.width - width, before.height - height, width, height, {255, 0, 0}, 1);
      CAPTURE(orientation, row.scale, static_cast<int>(row.of));
      CHECK(largest_difference(seen_of(output()), expected) == 0);
    }
  }
}

TEST_CASE_METHOD(MarkOptionsFixture, "a picture of one pixel takes a mark of one pixel") {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    input(pattern(1, 1), orientation);
    for (const double degrees : {0.0, 90.0, 45.0}) {
      for (const Tile tile : {Tile::none, Tile::brick}) {
        mark.rotate = degrees;
        mark.tile = tile;
        CAPTURE(orientation, degrees);
        const Seen after = seen_of(output());
        if (degrees != 45) CHECK(after.samples == Colours{255, 0, 0});
        CHECK(after.samples.size() == 3);
      }
    }
  }
}

TEST_CASE_METHOD(MarkOptionsFixture, "tiles lie in display space, whatever the orientation") {
  mark.gravity = Gravity::center;
  mark.gap_x = {5};
  mark.gap_y = {50, Length::Unit::percent};
  mark.opacity = 0.4;
  for (const Tile tile : {Tile::grid, Tile::brick}) {
    mark.tile = tile;
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const Seen before = seen_of(input(pattern(97, 64), orientation));
      Seen expected = before;
      const int left = expected_position(1, before.width, 20, {});
      const int top = expected_position(1, before.height, 10, {});
      for (int row = -20; row <= 20; ++row) {
        // A step of 25 is half stepped by 13: halves are rounded up.
        const int shift = tile == Tile::brick && row % 2 != 0 ? 13 : 0;
        for (int column = -20; column <= 20; ++column) {
          draw(expected, left + column * 25 + shift, top + row * 15, 20, 10, {255, 0, 0}, 0.4);
        }
      }
      CAPTURE(tile_names[static_cast<std::size_t>(tile)], orientation);
      CHECK(largest_difference(seen_of(output()), expected) == 0);
    }
  }
}

TEST_CASE_METHOD(MarkOptionsFixture, "tiles are drawn on every page, from one prepared mark") {
  VImage strip = pattern(40, 60).copy();
  strip.set(VIPS_META_PAGE_HEIGHT, 30);
  strip.tiffsave((in / "p.tif").c_str());
  mark.tile = Tile::grid;
  RecordingLogger log;
  Pipeline pipeline(job, log);
  REQUIRE_FALSE(run(pipeline, in / "p.tif", "p.tif").failure);
  const VImage after = VImage::tiffload((out / "p.tif").c_str(), VImage::option()->set("n", -1));
  CHECK(after.height() == 60);
  CHECK(after.extract_band(0).min() == 255);
  CHECK(after.extract_band(1).max() == 0);
  CHECK(log.contains("6 copies"));
}

TEST_CASE_METHOD(MarkOptionsFixture, "a mark that is turned by quarters is turned as it is seen") {
  const VImage logo = pattern(12, 7);
  mark.source = logo_of(logo);
  mark.gravity = Gravity::northwest;
  Seen drawn = seen_of(logo);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Seen before = seen_of(input(pattern(40, 30).invert(), orientation));
    for (const int degrees : {90, 180, 270, -90, 360}) {
      mark.rotate = degrees;
      Seen expected = before;
      for (int y = 0; y < 7; ++y) {
        for (int x = 0; x < 12; ++x) {
          for (std::size_t band = 0; band < 3; ++band) {
            const double sample = drawn.at(x, y, band);
            switch ((degrees + 360) % 360) {
              case 90:
                expected.at(6 - y, x, band) = sample;
                break;
              case 180:
                expected.at(11 - x, 6 - y, band) = sample;
                break;
              case 270:
                expected.at(y, 11 - x, band) = sample;
                break;
              default:
                expected.at(x, y, band) = sample;
            }
          }
        }
      }
      CAPTURE(orientation, degrees);
      CHECK(largest_difference(seen_of(output()), expected) == 0);
    }
  }
}

TEST_CASE_METHOD(MarkOptionsFixture, "a mark turned by 45 degrees keeps its area and lies in its corner") {
  const VImage black = VImage::black(200, 150, VImage::option()->set("bands", 3))
                           .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  mark.rotate = 45;
  mark.source = plain_logo(60, 40, {255, 255, 255, 255});
  for (int orientation = 1; orientation <= 8; ++orientation) {
    input(black, orientation);
    Seen after = seen_of(output());
    double area = 0;
    double middle_x = 0;
    double middle_y = 0;
    for (int y = 0; y < after.height; ++y) {
      for (int x = 0; x < after.width; ++x) {
        const double part = after.at(x, y, 0) / 255;
        area += part;
        middle_x += part * (x + 0.5);
        middle_y += part * (y + 0.5);
      }
    }
    CAPTURE(orientation);
    CHECK(area == Approx(2400).epsilon(0.005));
    // The box is 71x71: (60 + 40) / sqrt(2), rounded up.
    CHECK(std::abs(middle_x / area - (after.width - 35.5)) < 0.02);
    CHECK(std::abs(middle_y / area - (after.height - 35.5)) < 0.02);
  }
}

TEST_CASE_METHOD(MarkOptionsFixture,
                 "marks larger than the picture are shrunk, clipped, skipped or fail the picture") {
  const VImage image = pattern(50, 40);
  const Seen before = seen_of(input(image, 6));  // seen 40x50
  mark.source = plain_logo(60, 30, {255, 0, 0, 255});
  mark.gravity = Gravity::northeast;
  mark.offset_x = {6};

  Seen shrunk = before;
  draw(shrunk, -6, 0, 40, 20, {255, 0, 0}, 1);
  CHECK(largest_difference(seen_of(output()), shrunk) == 0);

  mark.if_too_big = IfTooBig::clip;
  Seen clipped = before;
  draw(clipped, 40 - 60 - 6, 0, 60, 30, {255, 0, 0}, 1);
  CHECK(largest_difference(seen_of(output()), clipped) == 0);

  mark.if_too_big = IfTooBig::skip;
  CHECK(largest_difference(seen_of(output()), before) == 0);

  mark.if_too_big = IfTooBig::fail;
  const RunResult failed = run(job, in / "x.tif", "failed.tif");
  REQUIRE(failed.failure);
  CHECK(failed.failure->kind == FailureKind::unsupported);
  CHECK(failed.failure->message == "the mark (60x30) is larger than the picture");
  CHECK_FALSE(std::filesystem::exists(out / "failed.tif"));

  // Tiles do not change the size of a copy that fits.
  mark.source = plain_logo(30, 30, {255, 0, 0, 255});
  mark.tile = Tile::grid;
  CHECK_FALSE(run(job, in / "x.tif", "tiled.tif").failure);
}

TEST_CASE_METHOD(MarkOptionsFixture, "a mark that would need far more memory than its picture is refused") {
  input(pattern(2000, 1), 1);
  mark.scale = 10;
  mark.if_too_big = IfTooBig::clip;
  const RunResult result = run(job, in / "x.tif", "x.tif");
  REQUIRE(result.failure);
  CHECK(result.failure->kind == FailureKind::too_large);
  CHECK(result.failure->message.find("20000x10000") != std::string::npos);
}

TEST_CASE_METHOD(MarkOptionsFixture, "blend modes reach the picture") {
  const Seen before = seen_of(input(pattern(50, 40), 1));
  mark.source = plain_logo(50, 40, {100, 150, 200, 255});
  mark.opacity = 0.8;
  const Colours source{100, 150, 200};
  const std::vector<std::pair<BlendMode, std::function<double(double, double)>>> modes{
      {BlendMode::multiply, [](double b, double s) { return b * s; }},
      {BlendMode::screen, [](double b, double s) { return 1 - (1 - b) * (1 - s); }},
      {BlendMode::difference, [](double b, double s) { return std::abs(b - s); }}};
  for (const auto& [mode, formula] : modes) {
    mark.blend = mode;
    Seen after = seen_of(output());
    double worst = 0;
    for (std::size_t i = 0; i < before.samples.size(); ++i) {
      const double b = before.samples[i] / 255;
      const double exact = 255 * (0.2 * b + 0.8 * formula(b, source[i % 3] / 255));
      worst = std::max(worst, std::abs(after.samples[i] - exact));
    }
    CAPTURE(blend_mode_names[static_cast<std::size_t>(mode)]);
    CHECK(worst <= 0.501);
  }
}

TEST_CASE_METHOD(MarkOptionsFixture,
                 "automatic contrast takes the variant that differs more from what is under it") {
  mark.contrast = Contrast::automatic;
  struct Row {
    double mark, under, elsewhere, expected;
  };
  for (const Row& row : {Row{255, 200, 0, 0}, Row{255, 30, 255, 255}, Row{0, 220, 0, 0}, Row{0, 10, 255, 255},
                         Row{220, 250, 0, 32}}) {
    mark.source = plain_logo(20, 10, {row.mark, row.mark, row.mark, 255});
    for (const int orientation : {1, 6}) {
      const VImage elsewhere =
          VImage::black(60, 60).new_from_image({row.elsewhere, row.elsewhere, row.elsewhere});
      const VImage under = VImage::black(20, 20).new_from_image({row.under, row.under, row.under});
      // What is seen in the lower right corner lies in the upper right one when the orientation is 6.
      input(elsewhere.insert(under, 40, orientation == 1 ? 40 : 0)
                .cast(VIPS_FORMAT_UCHAR)
                .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB)),
            orientation);
      Seen after = seen_of(output());
      CAPTURE(row.mark, row.under, orientation);
      CHECK(after.at(55, 55, 1) == Approx(row.expected).margin(2));
    }
  }
}

TEST_CASE_METHOD(MarkOptionsFixture, "automatic contrast works on Lab, grey, CMYK and pictures with alpha") {
  mark.contrast = Contrast::automatic;
  mark.source = plain_logo(20, 10, {255, 255, 255, 255});
  struct Row {
    const char* file;
    VipsInterpretation meaning;
    VipsBandFormat format;
    Colours light, dark;  // of these pictures
    Colours black, white;
  };
  const std::vector<Row> rows{
      {"grey.png", VIPS_INTERPRETATION_B_W, VIPS_FORMAT_UCHAR, {230}, {20}, {0}, {255}},
      {"lab.tif", VIPS_INTERPRETATION_LAB, VIPS_FORMAT_FLOAT, {90, 0, 0}, {10, 0, 0}, {0, 0, 0}, {100, 0, 0}},
      {"rgba.png",
       VIPS_INTERPRETATION_sRGB,
       VIPS_FORMAT_UCHAR,
       {0, 0, 0, 0},
       {0, 0, 0, 255},
       {0, 0, 0, 255},
       {255, 255, 255, 255}},
  };
  for (const Row& row : rows) {
    for (const bool light : {true, false}) {
      VImage::black(40, 30)
          .new_from_image(light ? row.light : row.dark)
          .cast(row.format)
          .copy(VImage::option()->set("interpretation", row.meaning))
          .write_to_file((in / row.file).c_str());
      const Colours seen = output(row.file).getpoint(35, 25);
      const Colours& expected = light ? row.black : row.white;
      CAPTURE(row.file, light);
      REQUIRE(seen.size() == expected.size());
      for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == Approx(expected[i]).margin(0.5));
    }
  }
}

TEST_CASE_METHOD(MarkOptionsFixture, "pictures of one job get the variant that each needs, from the cache") {
  mark.contrast = Contrast::automatic;
  mark.source = plain_logo(20, 10, {255, 255, 255, 255});
  RecordingLogger log;
  Pipeline white(job, log);
  for (int round = 0; round < 3; ++round) {
    for (const double level : {20.0, 240.0}) {
      VImage::black(40, 30)
          .new_from_image({level, level, level})
          .cast(VIPS_FORMAT_UCHAR)
          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
          .write_to_file((in / "y.png").c_str());
      REQUIRE_FALSE(run(white, in / "y.png", "y.png").failure);
      CHECK(VImage::new_from_file((out / "y.png").c_str()).getpoint(35, 25)[0] == (level < 128 ? 255 : 0));
    }
  }
}
