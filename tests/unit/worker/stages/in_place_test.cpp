// JPEG to JPEG in place, through the whole pipeline: which way a file takes and why, and that both ways show
// the same picture.

#include <cmath>
#include <filesystem>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/source_directory.h"
#include "tests/unit/worker/support/pipeline_run.h"

using namespace wm;
using namespace wm::test;
using vips::VImage;

namespace {

/// Smooth, with an edge or two: what a photograph is like to a codec.
VImage scene(int width, int height) {
  start_vips();
  const VImage x = VImage::xyz(width, height).extract_band(0);
  const VImage y = VImage::xyz(width, height).extract_band(1);
  return (x * 200 / width + 20)
      .bandjoin(y * 180 / height + 40)
      .bandjoin((x + y) * 120 / (width + height) + (x * 3 > width).ifthenelse(60, 10))
      .cast(VIPS_FORMAT_UCHAR)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

struct InPlaceFixture {
  TempDir in, out;
  JobDescription job = job_with(plain_logo(40, 24, {250, 30, 20, 255}), out.path());
  Encoding& encoding = job.recipe.encoding;
  Mark& mark = job.recipe.marks.front();

  Published published(const std::string& file) const {
    const RunResult result = run(job, in / file, file);
    CAPTURE(file);
    if (result.failure) FAIL(result.failure->message);
    return result.published;
  }
  [[nodiscard]] VImage output(const std::string& file) const {
    return VImage::new_from_file((out / file).c_str()).copy_memory();
  }
};

/// Mean difference of the samples, and the largest between means of 8x8 pixels.
struct Difference {
  double mean, block;
};
Difference difference(const VImage& a, const VImage& b) {
  const VImage error = (a - b).abs();
  const VImage blocks = a.shrink(8, 8).cast(VIPS_FORMAT_FLOAT) - b.shrink(8, 8).cast(VIPS_FORMAT_FLOAT);
  return {error.avg(), blocks.abs().max()};
}

}  // namespace

TEST_CASE_METHOD(InPlaceFixture,
                 "a baseline JPEG is spliced, a progressive one gets its coefficients rewritten") {
  scene(200, 120).jpegsave((in / "a.jpg").c_str());
  scene(200, 120).jpegsave((in / "p.jpg").c_str(), VImage::option()->set("interlace", true));
  scene(200, 120).colourspace(VIPS_INTERPRETATION_B_W).jpegsave((in / "g.jpg").c_str());
  scene(200, 120).pngsave((in / "x.png").c_str());
  CHECK(published("a.jpg").route == JpegRoute::splice);
  CHECK(published("g.jpg").route == JpegRoute::splice);
  CHECK(published("p.jpg").route == JpegRoute::coefficients);
  CHECK(published("a.jpg").route_reason.empty());
  CHECK(published("x.png").route == JpegRoute::none);
}

TEST_CASE_METHOD(InPlaceFixture, "a mark that changes no coefficient counts as put on, and is named") {
  job.verify = true;
  for (const bool progressive : {false, true}) {
    CAPTURE(progressive);
    scene(200, 120).jpegsave((in / "x.jpg").c_str(),
                             VImage::option()->set("Q", 20)->set("interlace", progressive));
    mark.opacity = 0.02;
    const Published faint = published("x.jpg");
    CHECK(faint.route == (progressive ? JpegRoute::coefficients : JpegRoute::splice));
    CHECK(faint.result == Result::marked);
    CHECK(faint.left_out == "mark 1 (logo plain.png): it cannot be seen, since it changes no pixel");
    CHECK(difference(VImage::new_from_file((in / "x.jpg").c_str()), output("x.jpg")).block == 0);
    mark.opacity = 0.5;
    CHECK(published("x.jpg").left_out.empty());
  }
}

TEST_CASE_METHOD(InPlaceFixture, "pixels can be asked for") {
  scene(200, 120).jpegsave((in / "x.jpg").c_str(), VImage::option()->set("Q", 85));
  encoding.jpeg_path = JpegPathChoice::pixel;
  const Published told = published("x.jpg");
  CHECK(told.route == JpegRoute::pixels);
  CHECK(told.route_reason == "--jpeg-path pixel");
}

TEST_CASE_METHOD(InPlaceFixture, "what needs pixels says why, and fails when pixels are not allowed") {
  scene(200, 120).jpegsave((in / "x.jpg").c_str(), VImage::option()->set("Q", 85));
  std::string reason;
  SECTION("another quality") {
    encoding.quality = 84;
    reason = "--quality differs";
  }
  SECTION("another sampling") {
    encoding.subsampling = Subsampling::s444;
    reason = "--subsample";
  }
  SECTION("progressive") {
    encoding.progressive = KeepOr::yes;
    reason = "--progressive";
  }
  SECTION("a blend mode") {
    mark.blend = BlendMode::multiply;
    reason = "--blend";
  }
  SECTION("contrast") {
    mark.contrast = Contrast::automatic;
    reason = "--contrast";
  }
  SECTION("a turned picture made upright") {
    const VImage turned = VImage::new_from_file((in / "x.jpg").c_str()).copy_memory();
    VImage tagged = turned.copy();
    tagged.set(VIPS_META_ORIENTATION, 6);
    tagged.jpegsave((in / "x.jpg").c_str());
    encoding.autorotate = true;
    reason = "--autorotate";
  }
  CAPTURE(reason);
  const Published told = published("x.jpg");
  CHECK(told.route == JpegRoute::pixels);
  CHECK(told.route_reason.starts_with(reason));
  CHECK(read_file(source_directory() + "/docs/jpeg_in_place.md").find("`" + told.route_reason + "`") !=
        std::string::npos);
  encoding.jpeg_path = JpegPathChoice::dct;
  const RunResult result = run(job, in / "x.jpg", "dct.jpg");
  REQUIRE(result.failure);
  CHECK(result.failure->kind == FailureKind::unsupported);
  CHECK(result.failure->message.find(reason) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(out / "dct.jpg"));
}

TEST_CASE_METHOD(InPlaceFixture, "the quality that the file has is no change") {
  scene(200, 120).jpegsave((in / "x.jpg").c_str(), VImage::option()->set("Q", 85));
  encoding.quality = 85;
  encoding.autorotate = true;  // nothing to turn
  CHECK(published("x.jpg").route == JpegRoute::splice);
}

TEST_CASE_METHOD(InPlaceFixture, "CMYK goes to pixels") {
  scene(64, 64)
      .bandjoin(20)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_CMYK))
      .jpegsave((in / "x.jpg").c_str());
  const Published told = published("x.jpg");
  CHECK(told.route == JpegRoute::pixels);
  CHECK_FALSE(told.route_reason.empty());
}

TEST_CASE_METHOD(InPlaceFixture,
                 "both ways show the same picture, in every orientation, with tiles and opacity") {
  encoding.thumbnail = ThumbnailPolicy::keep;
  mark.offset_x = {7, Length::Unit::pixels};
  mark.offset_y = {5, Length::Unit::pixels};
  mark.opacity = 0.7;
  for (const bool tiled : {false, true}) {
    mark.tile = tiled ? Tile::brick : Tile::none;
    mark.gap_x = mark.gap_y = {150, Length::Unit::percent};
    for (int orientation = 1; orientation <= 8; ++orientation) {
      CAPTURE(tiled, orientation);
      VImage image = scene(250, 170).copy();
      image.set(VIPS_META_ORIENTATION, orientation);
      image.jpegsave((in / "x.jpg").c_str(), VImage::option()->set("Q", 90));
      encoding.jpeg_path = JpegPathChoice::dct;
      CHECK(published("x.jpg").route == JpegRoute::splice);
      const VImage in_place = output("x.jpg");
      encoding.jpeg_path = JpegPathChoice::pixel;
      published("x.jpg");
      const auto [mean, block] = difference(in_place, output("x.jpg"));
      CHECK(mean < 1.5);
      CHECK(block < 12);  // of 255, where the red mark meets its neighbourhood in one MCU
      CHECK(in_place.get_int(VIPS_META_ORIENTATION) == orientation);
    }
  }
}

TEST_CASE_METHOD(InPlaceFixture, "verification compares a file marked in place with marked pixels") {
  scene(200, 120).jpegsave((in / "x.jpg").c_str());
  job.verify = true;
  CHECK(published("x.jpg").route == JpegRoute::splice);
}

TEST_CASE_METHOD(InPlaceFixture, "a damaged scan ends as it does with pixels") {
  scene(200, 120).jpegsave((in / "whole.jpg").c_str());
  const std::string whole = read_file(in / "whole.jpg");
  write_file(in / "x.jpg", whole.substr(0, whole.size() / 2));
  const RunResult automatic = run(job, in / "x.jpg", "x.jpg");
  encoding.jpeg_path = JpegPathChoice::pixel;
  const RunResult pixels = run(job, in / "x.jpg", "x.jpg");
  REQUIRE(automatic.failure);
  REQUIRE(pixels.failure);
  CHECK(automatic.failure->kind == pixels.failure->kind);
  CHECK(automatic.failure->message == pixels.failure->message);
}

TEST_CASE_METHOD(InPlaceFixture, "a JPEG without EXIF and profile is marked as one with them, either way") {
  const auto* const strip = "strip";
  scene(200, 120).jpegsave((in / "plain.jpg").c_str(), VImage::option()->set(strip, true));
  VImage with_exif = scene(200, 120).copy();
  with_exif.set("exif-ifd0-Artist", "A. Uthor (A. Uthor, ASCII, 9 components, 9 bytes)");
  with_exif.jpegsave((in / "exif.jpg").c_str());
  for (const JpegPathChoice choice : {JpegPathChoice::dct, JpegPathChoice::pixel}) {
    encoding.jpeg_path = choice;
    published("plain.jpg");
    published("exif.jpg");
    CHECK(difference(output("plain.jpg"), output("exif.jpg")).mean == 0);
    CHECK(difference(output("plain.jpg"), VImage::new_from_file((in / "plain.jpg").c_str())).block > 20);
  }
}

TEST_CASE_METHOD(InPlaceFixture, "texts with variables are drawn in place, too") {
  scene(300, 200).jpegsave((in / "one.jpg").c_str());
  scene(300, 200).jpegsave((in / "two.jpg").c_str());
  mark.source = Text{.text = "{stem}"};
  CHECK(published("one.jpg").texts_rendered == 1);
  CHECK(published("two.jpg").route == JpegRoute::splice);
  CHECK(difference(output("one.jpg"), output("two.jpg")).mean > 0);
}

TEST_CASE_METHOD(InPlaceFixture, "more copies of a mark than can be listed go to pixels") {
  scene(1100, 1000).jpegsave((in / "x.jpg").c_str());
  mark.source = plain_logo(1, 1, {250, 30, 20, 255});
  mark.tile = Tile::grid;
  const Published told = published("x.jpg");
  CHECK(told.route == JpegRoute::pixels);
  CHECK(told.route_reason == "too many copies of a mark");
}
