// AVIF to AVIF through the whole pipeline: what avifdec and libheif say of the outputs.

#include <algorithm>
#include <cstring>
#include <span>

#include "tests/support/avif_files.h"
#include "tests/support/catch.h"
#include "tests/support/run_program.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "tests/unit/worker/support/profiles.h"

namespace wm::test {
namespace {

using vips::VImage;

constexpr int mark_width = 20, mark_height = 10;

struct RoundTripFixture {
  TempDir in, out;
  JobDescription job = job_with(plain_logo(mark_width, mark_height, {255, 0, 0, 255}), out.path());
  RoundTripFixture() {
    load_heif_module();  // for the tests' own looks at files
    job.verify = true;
    Mark& mark = job.recipe.marks[0];
    mark.gravity = Gravity::northwest;
    mark.offset_x = mark.offset_y = {0};
    job.recipe.encoding.quality = 100;  // without loss, as libaom understands it
    job.recipe.encoding.avif_speed = 9;
  }

  RunResult run_on(const std::string& bytes, const std::string& to = "x.avif") {
    write_file(in / "x.avif", bytes);
    RunResult result = run(job, in / "x.avif", to);
    INFO((result.failure ? result.failure->message : std::string("marked")));
    CHECK_FALSE(result.failure);
    return result;
  }
};

/// One plane of those that avifdec has written.
struct Plane {
  std::size_t width = 0, height = 0, bytes = 1;
  std::string samples;
  [[nodiscard]] unsigned at(std::size_t x, std::size_t y) const {
    const std::size_t index = (y * width + x) * bytes;
    const auto low = static_cast<unsigned char>(samples[index]);
    return bytes == 1 ? low
                      : low | static_cast<unsigned>(static_cast<unsigned char>(samples[index + 1])) << 8U;
  }
};

std::vector<Plane> planes_of(const std::string& path, const AvifRecipe& recipe, int frame = 0) {
  const std::string all = planes_by_avifdec(path, frame);
  const auto width = static_cast<std::size_t>(recipe.width), height = static_cast<std::size_t>(recipe.height);
  std::vector<Plane> planes{{.width = width, .height = height}};
  if (recipe.chroma != "400") {
    const std::size_t across = recipe.chroma == "444" ? width : (width + 1) / 2;
    const std::size_t down = recipe.chroma == "420" ? (height + 1) / 2 : height;
    planes.push_back({.width = across, .height = down});
    planes.push_back({.width = across, .height = down});
  }
  std::size_t at = 0;
  for (Plane& plane : planes) {
    plane.bytes = recipe.depth == 8 ? 1 : 2;
    const std::size_t size = plane.width * plane.height * plane.bytes;
    plane.samples = all.substr(at, size);
    REQUIRE(plane.samples.size() == size);
    at += size;
  }
  return planes;
}

/// How many samples outside of the mark differ, and how many within it are the same.
void check_only_mark_changed(const std::vector<Plane>& before, const std::vector<Plane>& after) {
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::size_t across = before[0].width / before[i].width, down = before[0].height / before[i].height;
    std::size_t changed_outside = 0, same_inside = 0;
    for (std::size_t y = 0; y < before[i].height; ++y) {
      for (std::size_t x = 0; x < before[i].width; ++x) {
        const bool inside = x * across < mark_width && y * down < mark_height;
        const bool same = before[i].at(x, y) == after[i].at(x, y);
        changed_outside += !inside && !same ? 1 : 0;
        same_inside += inside && same ? 1 : 0;
      }
    }
    CAPTURE(i);
    CHECK(changed_outside == 0);
    CHECK(same_inside < mark_width * mark_height / 10);
  }
}

constexpr const char* kept_words[] = {"Resolution",
                                      "Bit Depth",
                                      "Format",
                                      "Alpha",
                                      "Range",
                                      "Color Primaries",
                                      "Transfer Char.",
                                      "Matrix Coeffs.",
                                      "ICC Profile",
                                      "XMP Metadata",
                                      "Exif Metadata",
                                      "Transformations",
                                      "pasp (Aspect Ratio)",
                                      "irot (Rotation)",
                                      "imir (Mirror)"};

void check_same_description(const std::string& before, const std::string& after) {
  const AvifInfo in = avif_info(before), out = avif_info(after);
  INFO(out.all);
  REQUIRE_FALSE(in.all.empty());
  REQUIRE_FALSE(out.all.empty());
  for (const char* const word : kept_words) {
    CAPTURE(word);
    CHECK(out.of(word) == in.of(word));
  }
}

TEST_CASE_METHOD(RoundTripFixture, "depth, sampling, alpha and every sample outside of the mark stay") {
  for (const int depth : {8, 10, 12}) {
    for (const char* const chroma : {"444", "422", "420", "400"}) {
      for (const int alpha : {0, 1, 2}) {
        const AvifRecipe recipe{
            .depth = depth, .chroma = chroma, .alpha = alpha > 0, .premultiplied = alpha == 2};
        CAPTURE(depth, chroma, alpha);
        const RunResult result = run_on(avif_file(recipe));
        CHECK(result.published.notes.empty());
        check_same_description(in / "x.avif", out / "x.avif");
        check_only_mark_changed(planes_of(in / "x.avif", recipe), planes_of(out / "x.avif", recipe));
      }
    }
  }
}

TEST_CASE_METHOD(RoundTripFixture, "odd sizes and a limited range stay") {
  for (const char* const chroma : {"444", "422", "420", "400"}) {
    for (const int depth : {8, 10}) {
      const AvifRecipe recipe{
          .width = 61, .height = 43, .depth = depth, .chroma = chroma, .full_range = false};
      CAPTURE(depth, chroma);
      CHECK(run_on(avif_file(recipe)).published.notes.empty());
      check_same_description(in / "x.avif", out / "x.avif");
      if (std::string(chroma) == "444") {
        check_only_mark_changed(planes_of(in / "x.avif", recipe), planes_of(out / "x.avif", recipe));
      }
    }
  }
}

TEST_CASE_METHOD(RoundTripFixture, "the colour description stays, and the mark is meant in it") {
  job.recipe.encoding.quality = 90;
  // Pure red of sRGB in Display P3, by CSS Color 4: color(display-p3 0.9175 0.2003 0.1386).
  run_on(avif_file({.cicp = {12, 13, 6}, .grey_level = 128}));
  check_same_description(in / "x.avif", out / "x.avif");
  const std::string png = out / "x.png";
  REQUIRE(run_program({"/usr/bin/avifdec", out / "x.avif", png}).exit_code == 0);
  VImage shown = VImage::new_from_file(png.c_str());
  CHECK(shown.getpoint(8, 5)[0] == Approx(234).margin(4));
  CHECK(shown.getpoint(8, 5)[1] == Approx(51).margin(4));
  CHECK(shown.getpoint(8, 5)[2] == Approx(35).margin(4));
  CHECK(shown.getpoint(50, 40)[0] == Approx(128).margin(2));
}

TEST_CASE_METHOD(RoundTripFixture,
                 "a white mark on a picture in PQ or HLG has the light of paper, not of the sun") {
  job.recipe.marks[0].source = plain_logo(mark_width, mark_height, {255, 255, 255, 255});
  struct {
    int transfer;
    double white;  // of 1: ITU-R BT.2408, table 1
  } constexpr cases[]{{16, 0.58}, {18, 0.75}};
  for (const auto& [transfer, white] : cases) {
    const AvifRecipe recipe{.depth = 10, .cicp = {9, transfer, 9}, .grey_level = 60};
    CAPTURE(transfer);
    run_on(avif_file(recipe));
    check_same_description(in / "x.avif", out / "x.avif");
    const auto planes = planes_of(out / "x.avif", recipe);
    CHECK(planes[0].at(8, 5) == Approx(white * 1023).margin(8));
    CHECK(planes[1].at(8, 5) == Approx(512).margin(6));
    CHECK(planes[2].at(8, 5) == Approx(512).margin(6));
  }
}

TEST_CASE_METHOD(RoundTripFixture,
                 "rotation, mirror and aperture stay, and the mark is where a viewer looks for it") {
  for (const int rotation : {-1, 0, 1, 2, 3}) {
    for (const int mirror : {-1, 0, 1}) {
      AvifRecipe recipe{.width = 80, .height = 60, .grey_level = 200};
      if (rotation >= 0) recipe.rotation = rotation;
      if (mirror >= 0) recipe.mirror = mirror;
      recipe.pixel_aspect = {{4, 3}};
      CAPTURE(rotation, mirror);
      CHECK(run_on(avif_file(recipe)).published.notes.empty());
      check_same_description(in / "x.avif", out / "x.avif");
      // libheif turns it, as viewers do.
      const VImage shown = VImage::new_from_file((out / "x.avif").c_str()).copy_memory();
      CHECK(shown.width() == (rotation == 1 || rotation == 3 ? 60 : 80));
      CHECK(shown.getpoint(3, 3)[1] < 40);
      CHECK(shown.getpoint(mark_width - 3, mark_height - 3)[1] < 40);
      CHECK(shown.getpoint(mark_width + 3, mark_height + 3)[1] == Approx(200).margin(4));
    }
  }
}

TEST_CASE_METHOD(RoundTripFixture, "a clean aperture stays, and the mark is within it") {
  const AvifRecipe recipe{.width = 80, .height = 60, .crop = {{16, 8, 48, 40}}, .grey_level = 200};
  CHECK(run_on(avif_file(recipe)).published.notes.empty());
  const auto lines = [](const std::string& all) {
    const auto at = all.find("clap");
    return at == std::string::npos ? std::string() : all.substr(at, 200);
  };
  CHECK_FALSE(lines(avif_info(out / "x.avif").all).empty());
  CHECK(lines(avif_info(out / "x.avif").all) == lines(avif_info(in / "x.avif").all));
  const auto planes = planes_of(out / "x.avif", recipe);  // avifdec crops nothing
  CHECK(planes[0].at(3, 3) == 200);
  CHECK(planes[0].at(16 + 3, 8 + 3) < 100);
  CHECK(planes[0].at(16 + mark_width + 2, 8 + 3) == 200);
}

TEST_CASE_METHOD(RoundTripFixture, "mirrored pictures of 12 bits are marked") {
  const AvifRecipe recipe{.depth = 12, .mirror = 1};
  run_on(avif_file(recipe));
  check_same_description(in / "x.avif", out / "x.avif");
  const auto before = planes_of(in / "x.avif", recipe), after = planes_of(out / "x.avif", recipe);
  CHECK(before[0].at(3, 3) == after[0].at(3, 3));
  CHECK(before[0].at(60, 3) != after[0].at(60, 3));  // the left side is stored at the right
}

TEST_CASE_METHOD(RoundTripFixture, "a profile, EXIF and XMP stay byte for byte") {
  using namespace std::string_literals;
  const std::string exif = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"s;
  const std::string xmp =
      "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
      "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>";
  const std::string profile = adobe_rgb_profile();
  run_on(avif_file({.icc = profile, .exif = exif, .xmp = xmp}));
  check_same_description(in / "x.avif", out / "x.avif");
  const std::string file = read_file(out / "x.avif");
  for (const std::string& block : {profile, exif, xmp}) CHECK(file.find(block) != std::string::npos);
}

TEST_CASE_METHOD(RoundTripFixture, "what is not turned by a box is not turned for its EXIF block either") {
  using namespace std::string_literals;
  const std::string exif =
      "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"s;  // turned right
  job.recipe.encoding.format = OutputFormat::jpeg;
  run_on(avif_file({.grey_level = 200, .exif = exif}), "x.jpg");
  const VImage shown = VImage::new_from_file((out / "x.jpg").c_str());
  CHECK(shown.width() == 64);
  CHECK(vips_image_get_orientation(shown.get_image()) == 1);
}

TEST_CASE_METHOD(RoundTripFixture, "other formats get a turned picture, and its colours as a profile") {
  job.recipe.encoding.format = OutputFormat::png;
  run_on(avif_file({.width = 80, .height = 60, .cicp = {12, 13, 6}, .rotation = 1, .grey_level = 128}),
         "x.png");
  const VImage shown = VImage::new_from_file((out / "x.png").c_str());
  CHECK(shown.width() == 60);
  CHECK(shown.getpoint(3, 3)[0] > 200);
  REQUIRE(shown.get_typeof(VIPS_META_ICC_NAME) != 0);
  const VImage srgb = shown.icc_transform("srgb", VImage::option()->set("embedded", true));
  CHECK(srgb.getpoint(3, 3)[0] == Approx(255).margin(2));
  CHECK(srgb.getpoint(3, 3)[1] == Approx(0).margin(6));
}

TEST_CASE_METHOD(RoundTripFixture, "pixels of other formats become AVIF of the nearest kind") {
  job.recipe.encoding.format = OutputFormat::avif;
  struct {
    int bands;
    bool deep;
    const char *format, *depth, *alpha;
  } constexpr cases[]{{3, false, "YUV444", "8", "Absent"}, {4, false, "YUV444", "8", "Not premultiplied"},
                      {1, false, "YUV400", "8", "Absent"}, {2, false, "YUV400", "8", "Not premultiplied"},
                      {3, true, "YUV444", "12", "Absent"}, {4, true, "YUV444", "12", "Not premultiplied"},
                      {1, true, "YUV400", "12", "Absent"}};
  for (const auto& [bands, deep, format, depth, alpha] : cases) {
    CAPTURE(bands, deep);
    const auto meaning = deep ? (bands < 3 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16)
                              : (bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
    std::vector<double> colour(static_cast<std::size_t>(bands), deep ? 40000 : 150);
    VImage::black(64, 48)
        .new_from_image(colour)
        .cast(deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR)
        .copy(VImage::option()->set("interpretation", meaning))
        .write_to_file((in / "x.png").c_str());
    const RunResult result = run(job, in / "x.png", "x.avif");
    INFO((result.failure ? result.failure->message : std::string("marked")));
    REQUIRE_FALSE(result.failure);
    const AvifInfo info = avif_info(out / "x.avif");
    INFO(info.all);
    CHECK(info.of("Format") == format);
    CHECK(info.of("Bit Depth") == depth);
    CHECK(info.of("Alpha") == alpha);
    CHECK(info.of("Color Primaries") == "1");
    CHECK(info.of("Transfer Char.") == "13");
  }
}

TEST_CASE_METHOD(RoundTripFixture,
                 "at the usual quality colours are subsampled, unless they are to be kept whole") {
  job.recipe.encoding.format = OutputFormat::avif;
  job.recipe.encoding.quality.reset();
  VImage::black(64, 48, VImage::option()->set("bands", 3)).write_to_file((in / "x.png").c_str());
  CHECK_FALSE(run(job, in / "x.png", "a.avif").failure);
  CHECK(avif_info(out / "a.avif").of("Format") == "YUV420");
  job.recipe.encoding.subsampling = Subsampling::s444;
  CHECK_FALSE(run(job, in / "x.png", "b.avif").failure);
  CHECK(avif_info(out / "b.avif").of("Format") == "YUV444");
}

}  // namespace
}  // namespace wm::test
