// A mark's colour on pictures of other colour spaces, converted back to sRGB by Little CMS through libvips
// and compared by CIEDE2000.

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "tests/unit/worker/support/profiles.h"

using namespace wm;
using namespace wm::test;
using vips::VImage;

namespace {

using Colours = std::vector<double>;

VImage plain(int width, int height, const Colours& colour, VipsBandFormat format,
             VipsInterpretation meaning) {
  start_vips();
  return VImage::black(width, height)
      .new_from_image(colour)
      .cast(format)
      .copy(VImage::option()->set("interpretation", meaning));
}

void set_profile(VImage& image, const std::string& profile) {
  vips_image_set_blob_copy(image.get_image(), VIPS_META_ICC_NAME, profile.data(), profile.size());
}

/// Of two pictures of one pixel in sRGB.
double delta_e(const VImage& a, const VImage& b) {
  const auto lab = [](const VImage& image) {
    return image.extract_band(0, VImage::option()->set("n", 3)).colourspace(VIPS_INTERPRETATION_LAB);
  };
  return lab(a).dE00(lab(b)).max();
}

struct MarkColourFixture {
  TempDir in, out;

  /// Marks of these colours on `picture` are seen as the colours themselves.
  void check(const VImage& picture, const std::string& file, const std::vector<Colours>& colours) const {
    picture.write_to_file((in / file).c_str());
    check_file(picture, file, colours);
  }

  /// As check(), where `file` is written already.
  void check_file(const VImage& picture, const std::string& file, const std::vector<Colours>& colours) const {
    for (const Colours& colour : colours) {
      JobDescription job = job_with(plain_logo(8, 8, {colour[0], colour[1], colour[2], 255}), out.path());
      const RunResult done = run(job, in / file, file);
      INFO((done.failure ? done.failure->message : std::string()));
      REQUIRE_FALSE(done.failure);
      const VImage after = VImage::new_from_file((out / file).c_str());
      CHECK(after.bands() == picture.bands());
      CHECK(after.format() == picture.format());
      // One transform from the picture's profile to sRGB of 16 bits; libvips' own Lab on the way is too
      // coarse.
      const VImage seen =
          after.crop(after.width() - 4, after.height() - 4, 1, 1)
              .icc_transform("srgb", VImage::option()->set("embedded", true)->set("depth", 16))
              .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_RGB16));
      const VImage wanted = plain(1, 1, colour, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
      const double difference = delta_e(seen, wanted);
      CAPTURE(file, colour, difference);
      CHECK(difference <= 2);
    }
  }
};

const std::vector<Colours> rgb_colours{{255, 0, 0},    {0, 255, 0},     {0, 0, 255},     {255, 255, 255},
                                       {0, 0, 0},      {128, 128, 128}, {255, 255, 0},   {12, 34, 56},
                                       {200, 100, 50}, {30, 160, 140},  {250, 240, 230}, {90, 20, 120},
                                       {255, 0, 255},  {0, 255, 255},   {20, 20, 20}};
const std::vector<Colours> grey_colours{
    {255, 255, 255}, {0, 0, 0}, {128, 128, 128}, {30, 30, 30}, {220, 220, 220}};

}  // namespace

TEST_CASE_METHOD(MarkColourFixture, "a mark keeps its colour on pictures with RGB profiles") {
  struct Row {
    const char* name;
    std::string profile;
  };
  for (const Row& row :
       {Row{"p3", display_p3_profile()}, Row{"adobe", adobe_rgb_profile()}, Row{"srgb", srgb_profile()},
        Row{"linear", srgb_primaries_profile(1)}, Row{"gamma18", srgb_primaries_profile(1.8)}}) {
    for (const bool deep : {false, true}) {
      if (!deep && std::string(row.name) == "linear")
        continue;  // 8 bits of linear light have no dark colours
      VImage picture =
          deep ? plain(16, 16, {20000, 30000, 40000}, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16)
               : plain(16, 16, {80, 120, 160}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
      picture = picture.copy();
      set_profile(picture, row.profile);
      check(picture, std::string(row.name) + (deep ? "16.png" : ".png"), rgb_colours);
    }
  }
}

TEST_CASE_METHOD(MarkColourFixture, "a profile's name does not decide what it is") {
  // Its curve is linear, but the description speaks of sRGB, as that of many a linear profile does.
  std::string profile = srgb_primaries_profile(1);
  const std::string description("R\0G\0B", 5);
  const auto at = profile.find(description);
  REQUIRE(at != std::string::npos);
  REQUIRE(at >= 2);
  const std::string named("s\0R\0G\0B", 7);
  profile.replace(at - 2, named.size(), named);
  VImage picture = plain(16, 16, {20000, 30000, 40000}, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16).copy();
  set_profile(picture, profile);
  check(picture, "named.png", rgb_colours);
}

TEST_CASE_METHOD(MarkColourFixture, "a grey mark keeps its lightness on grey pictures") {
  for (const double gamma : {1.8, 2.2}) {
    for (const bool deep : {false, true}) {
      VImage picture = deep ? plain(16, 16, {30000}, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_GREY16)
                            : plain(16, 16, {120}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W);
      picture = picture.copy();
      set_profile(picture, grey_profile(gamma));
      check(picture, deep ? "grey16.png" : "grey.png", grey_colours);
    }
  }
}

TEST_CASE_METHOD(MarkColourFixture, "a mark keeps its colour on CMYK pictures where it can be printed") {
  // Of the first two the profile's own inks look 3.3 and 2.2 different.
  const std::vector<Colours> printable{{128, 128, 128}, {250, 240, 230}, {255, 255, 255}, {200, 100, 50},
                                       {60, 60, 60},    {180, 60, 60},   {90, 140, 100},  {110, 90, 140},
                                       {12, 34, 56},    {30, 160, 140}};
  const VImage srgb = plain(16, 16, {80, 120, 160}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  const VImage profiled = srgb.icc_transform("cmyk", VImage::option()->set("input_profile", "srgb"));
  REQUIRE(profiled.bands() == 4);
  check(profiled, "profiled.tif", printable);
  // Without what a coarse JPEG does to any colour.
  profiled.jpegsave((in / "profiled.jpg").c_str(),
                    VImage::option()->set("Q", 100)->set("subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF));
  check_file(profiled, "profiled.jpg", printable);
}

TEST_CASE_METHOD(MarkColourFixture,
                 "a mark keeps its colour on Lab pictures and on RGB ones without a profile") {
  for (const Colours& colour : rgb_colours) {
    const JobDescription job = job_with(plain_logo(8, 8, {colour[0], colour[1], colour[2], 255}), out.path());
    plain(16, 16, {50, 10, -10}, VIPS_FORMAT_FLOAT, VIPS_INTERPRETATION_LAB)
        .write_to_file((in / "lab.tif").c_str());
    plain(16, 16, {9, 8, 7}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB)
        .write_to_file((in / "rgb.png").c_str());
    for (const std::string file : {"lab.tif", "rgb.png"}) {
      REQUIRE_FALSE(run(job, in / file, file).failure);
      const VImage seen = VImage::new_from_file((out / file).c_str()).crop(12, 12, 1, 1);
      CAPTURE(file, colour);
      CHECK(delta_e(seen, plain(1, 1, colour, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB)) <= 1);
    }
  }
}
