// A flat colour in files of every mode is seen as that colour, upright, and no larger than its room.

#include "worker/preview/shown_picture.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/worker/support/no_logger.h"
#include "worker/stages/open_picture.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

/// 8-bit sRGB of one colour, with a white corner of 20x10 at the upper left.
vips::VImage flat(int width = 60, int height = 40) {
  start_vips();
  vips::VImage image = vips::VImage::black(width, height, vips::VImage::option()->set("bands", 3)) +
                       std::vector<double>{180, 90, 60};
  image = image.cast(VIPS_FORMAT_UCHAR)
              .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  image = image.copy_memory();
  image.draw_rect({255, 255, 255}, 0, 0, 20, 10, vips::VImage::option()->set("fill", true));
  return image;
}

vips::VImage shown(const std::string& path, Size room = {1000, 1000}) {
  test::NoLogger log;
  return shown_picture(open_picture(path, {.pixels = 1'000'000}, DamagedPictures::fail, log), room);
}

/// How far a pixel is from a colour, in its worst band.
double distance(const vips::VImage& image, int x, int y, const std::vector<double>& colour) {
  const std::vector<double> is = image.getpoint(x, y);
  double worst = 0;
  for (std::size_t band = 0; band < 3; ++band) worst = std::max(worst, std::abs(is.at(band) - colour[band]));
  return worst;
}

const std::vector<double> the_colour{180, 90, 60};
const std::vector<double> white{255, 255, 255};

TEST_CASE("what is in sRGB already is shown sample for sample") {
  const TempDir scratch;
  const std::string path = scratch / "a.png";
  flat().write_to_file(path.c_str());
  const vips::VImage image = shown(path);
  CHECK(image.bands() == 3);
  CHECK(image.width() == 60);
  CHECK((image - flat()).abs().max() == 0);
}

TEST_CASE("every mode is shown in its colours") {
  const TempDir scratch;
  const auto to_srgb = [](const char* profile) {
    return flat().icc_transform(profile, vips::VImage::option()->set("input_profile", "srgb"));
  };
  const std::vector<std::pair<std::string, vips::VImage>> files{
      {"16.png", flat().colourspace(VIPS_INTERPRETATION_RGB16)},
      {"16.tif", flat().colourspace(VIPS_INTERPRETATION_RGB16)},
      {"lab.tif", flat().colourspace(VIPS_INTERPRETATION_LAB)},
      {"labq.tif", flat().colourspace(VIPS_INTERPRETATION_LABQ)},
      {"linear.tif", flat().colourspace(VIPS_INTERPRETATION_scRGB)},
      {"p3.png", to_srgb("p3")},
      {"cmyk.tif", to_srgb("cmyk")},
  };
  for (const auto& [name, image] : files) {
    CAPTURE(name);
    const std::string path = scratch / name;
    image.write_to_file(path.c_str());
    const vips::VImage seen = shown(path);
    REQUIRE(seen.bands() == 3);
    REQUIRE(seen.format() == VIPS_FORMAT_UCHAR);
    // Paper and ink of the built-in CMYK profile are no exact way back.
    const double tolerance = name == "cmyk.tif" ? 12 : 3;
    CHECK(distance(seen, 40, 30, the_colour) <= tolerance);
    CHECK(distance(seen, 5, 5, white) <= tolerance);
  }
}

TEST_CASE("grey is shown as grey, also in 16 bits") {
  const TempDir scratch;
  const vips::VImage grey = flat().colourspace(VIPS_INTERPRETATION_B_W);
  const double value = grey.getpoint(40, 30).at(0);
  grey.write_to_file((scratch / "8.png").c_str());
  grey.colourspace(VIPS_INTERPRETATION_GREY16).write_to_file((scratch / "16.png").c_str());
  for (const std::string name : {"8.png", "16.png"}) {
    CHECK(distance(shown(scratch / name), 40, 30, {value, value, value}) <= 1);
  }
}

TEST_CASE("transparency is kept, not premultiplied") {
  const TempDir scratch;
  flat().bandjoin_const({100}).write_to_file((scratch / "8.png").c_str());
  flat()
      .colourspace(VIPS_INTERPRETATION_RGB16)
      .bandjoin_const({100.0 * 257})
      .write_to_file((scratch / "16.png").c_str());
  for (const std::string name : {"8.png", "16.png"}) {
    const vips::VImage image = shown(scratch / name);
    REQUIRE(image.bands() == 4);
    CHECK(distance(image, 40, 30, the_colour) <= 1);
    CHECK(image.getpoint(40, 30).at(3) == 100);
  }
}

TEST_CASE("a picture is shown upright in all eight orientations") {
  const TempDir scratch;
  // Where the corner of 20x10 that is stored at the upper left is seen: CIPA DC-008, tag 0x0112.
  struct Row {
    int orientation, width, height, x, y;
  };
  for (const Row& row :
       {Row{1, 60, 40, 5, 5}, Row{2, 60, 40, 55, 5}, Row{3, 60, 40, 55, 35}, Row{4, 60, 40, 5, 35},
        Row{5, 40, 60, 5, 5}, Row{6, 40, 60, 35, 5}, Row{7, 40, 60, 35, 55}, Row{8, 40, 60, 5, 55}}) {
    CAPTURE(row.orientation);
    const std::string path = scratch / (std::to_string(row.orientation) + ".tif");
    vips::VImage image = flat().copy();
    image.set("orientation", row.orientation);
    image.write_to_file(path.c_str());
    const vips::VImage seen = shown(path);
    REQUIRE(seen.width() == row.width);
    REQUIRE(seen.height() == row.height);
    CHECK(distance(seen, row.x, row.y, white) == 0);
    CHECK(distance(seen, row.width / 2, row.height / 2, the_colour) == 0);
  }
}

TEST_CASE("of an animation the first frame is shown") {
  const TempDir scratch;
  vips::VImage frames = flat().join(flat().invert(), VIPS_DIRECTION_VERTICAL).copy();
  frames.set("page-height", 40);
  frames.write_to_file((scratch / "a.webp").c_str(), vips::VImage::option()->set("lossless", true));
  const vips::VImage seen = shown(scratch / "a.webp");
  CHECK(seen.height() == 40);
  CHECK(distance(seen, 40, 30, the_colour) == 0);
}

TEST_CASE("a picture of any shape fits into its room, and is not enlarged") {
  const TempDir scratch;
  struct Row {
    int width, height;
  };
  for (const Row& row : {Row{1, 1}, Row{900, 1}, Row{1, 900}, Row{300, 200}, Row{200, 300}, Row{101, 50}}) {
    CAPTURE(row.width, row.height);
    const std::string path = scratch / "a.png";
    flat(row.width, row.height).write_to_file(path.c_str());
    const vips::VImage seen = shown(path, {100, 50});
    CHECK(seen.width() <= 100);
    CHECK(seen.height() <= 50);
    if (row.width <= 100 && row.height <= 50) CHECK(seen.width() == row.width);
    if (row.width > 100 || row.height > 50) CHECK((seen.width() == 100 || seen.height() == 50));
  }
}

}  // namespace
}  // namespace wm
