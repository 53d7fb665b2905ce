#include "worker/stages/pipeline.h"

#include <cmath>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "worker/marks/orientation.h"

using namespace wm;
using namespace wm::test;
using vips::VImage;

namespace {

const std::vector<double> red_rgba{255, 0, 0, 255};

VImage noise(int width, int height, int bands, VipsBandFormat format, VipsInterpretation meaning) {
  start_vips();
  const double full = format == VIPS_FORMAT_USHORT ? 65535 : format == VIPS_FORMAT_FLOAT ? 1 : 255;
  VImage image =
      VImage::gaussnoise(width, height, VImage::option()->set("mean", full / 2)->set("sigma", full / 8));
  for (int band = 1; band < bands; ++band) {
    image = image.bandjoin(
        VImage::gaussnoise(width, height, VImage::option()->set("mean", full / 2)->set("sigma", full / 8)));
  }
  VImage memory = VImage::new_memory();
  image.cast(format).copy(VImage::option()->set("interpretation", meaning)).write(memory);
  return memory;
}

VImage read(const std::string& path) {
  return VImage::new_from_file(path.c_str()).copy_memory();
}

/// Largest difference of any sample in a box.
double difference_inside(const VImage& a, const VImage& b, Box box) {
  REQUIRE(a.width() == b.width());
  REQUIRE(a.height() == b.height());
  REQUIRE(a.bands() == b.bands());
  return (a.crop(box.left, box.top, box.width, box.height) - b.crop(box.left, box.top, box.width, box.height))
      .abs()
      .max();
}

/// Largest difference outside of `box`, a box in the picture's lower right corner.
double difference_outside(const VImage& a, const VImage& b, Box box) {
  double result = 0;
  if (box.top > 0) result = difference_inside(a, b, {0, 0, a.width(), box.top});
  if (box.left > 0) result = std::max(result, difference_inside(a, b, {0, 0, box.left, a.height()}));
  return result;
}

struct PipelineFixture {
  TempDir in, out;
  JobDescription job = job_with(plain_logo(20, 10, red_rgba), out.path());

  /// Marks `image`, saved as `name`, and reads the result.
  VImage marked(const VImage& image, const std::string& file) const {
    image.write_to_file((in / file).c_str());
    return marked_file(file);
  }
  VImage marked_file(const std::string& file) const {
    const RunResult result = run(job, in / file, file);
    INFO((result.failure ? result.failure->message : std::string("marked")));
    REQUIRE_FALSE(result.failure);
    CHECK(result.published.bytes == std::filesystem::file_size(out / file));
    return read(out / file);
  }
};

}  // namespace

TEST_CASE_METHOD(PipelineFixture,
                 "lossless formats: the mark is blended in its box and every other sample is kept") {
  struct Mode {
    const char* file;
    int bands;
    VipsBandFormat format;
    VipsInterpretation meaning;
    std::vector<double> mark;  // of a half transparent red mark, in the picture's terms
  };
  // Grey of sRGB red as libvips has it, and red in libvips' CMYK, are taken from libvips itself.
  const VImage one_red = VImage::black(1, 1)
                             .new_from_image({255, 0, 0})
                             .cast(VIPS_FORMAT_UCHAR)
                             .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const double grey = one_red.colourspace(VIPS_INTERPRETATION_B_W).getpoint(0, 0)[0];
  const auto cmyk = one_red.colourspace(VIPS_INTERPRETATION_CMYK).getpoint(0, 0);
  const auto lab = one_red.colourspace(VIPS_INTERPRETATION_LAB).getpoint(0, 0);
  const std::vector<Mode> modes{
      {"rgb8.png", 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, {255, 0, 0}},
      {"rgb16.png", 3, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16, {65535, 0, 0}},
      {"grey8.png", 1, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W, {grey}},
      {"grey16.png", 1, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_GREY16, {grey * 257}},
      {"rgb8.tif", 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, {255, 0, 0}},
      {"cmyk.tif", 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_CMYK, cmyk},
      {"lab.tif", 3, VIPS_FORMAT_FLOAT, VIPS_INTERPRETATION_LAB, lab},
      {"scrgb.tif", 3, VIPS_FORMAT_FLOAT, VIPS_INTERPRETATION_scRGB, {1, 0, 0}},
      {"grey_float.tif", 1, VIPS_FORMAT_FLOAT, VIPS_INTERPRETATION_B_W, {grey / 255}},
      {"rgb.webp", 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, {255, 0, 0}},
  };
  job.recipe.marks[0].opacity = 0.5;
  const Box box{80 - 20, 60 - 10, 20, 10};
  for (const Mode& mode : modes) {
    CAPTURE(mode.file);
    const VImage original = noise(80, 60, mode.bands, mode.format, mode.meaning);
    if (std::string(mode.file).ends_with("webp")) {
      original.webpsave((in / mode.file).c_str(), VImage::option()->set("lossless", true));
    } else {
      original.write_to_file((in / mode.file).c_str());
    }
    const VImage before = read(in / mode.file);  // Lab in files is coarser than in memory
    const VImage after = marked_file(mode.file);
    CHECK(after.format() == before.format());
    CHECK(after.interpretation() == before.interpretation());
    CHECK(difference_outside(before, after, box) == 0);
    const VImage expected =
        before * 0.5 + VImage::black(80, 60).cast(VIPS_FORMAT_DOUBLE).new_from_image(mode.mark) * 0.5;
    const bool floating = mode.format == VIPS_FORMAT_FLOAT;
    const double tolerance = floating ? (mode.meaning == VIPS_INTERPRETATION_LAB ? 0.01 : 1e-4) : 0.51;
    CHECK(difference_inside(expected, after, box) <= tolerance);
  }
}

TEST_CASE_METHOD(PipelineFixture, "a picture with alpha is covered by source-over, its alpha grows") {
  VImage image = noise(80, 60, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  job.recipe.marks[0].opacity = 0.5;
  const VImage after = marked(image, "rgba.png");
  const Box box{60, 50, 20, 10};
  CHECK(difference_outside(image, after, box) == 0);
  const auto p = image.getpoint(65, 55);
  const auto q = after.getpoint(65, 55);
  const double b = p[3] / 255;
  const double alpha = 0.5 + b * 0.5;
  CHECK(std::abs(q[3] - alpha * 255) <= 0.51);
  CHECK(std::abs(q[0] - (255 * 0.5 + p[0] * b * 0.5) / alpha) <= 0.51);
  CHECK(std::abs(q[1] - (p[1] * b * 0.5) / alpha) <= 0.51);
}

TEST_CASE_METHOD(PipelineFixture, "a JPEG's mark is seen at the same spot for all eight orientations") {
  job.recipe.marks[0].gravity = Gravity::northeast;
  job.recipe.marks[0].offset_x = {4};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    VImage image = VImage::black(128, 96)
                       .new_from_image({60, 120, 180})
                       .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
    image = image.copy();
    image.set(VIPS_META_ORIENTATION, orientation);
    const std::string file = std::to_string(orientation) + ".jpg";
    image.jpegsave((in / file).c_str(), VImage::option()->set("Q", 90));
    const VImage after = marked_file(file);
    CHECK(after.get_int(VIPS_META_ORIENTATION) == orientation);
    const VImage seen = after.autorot().copy_memory();
    const VImage inside = seen.crop(seen.width() - 24, 0, 20, 10);
    CHECK(inside.extract_band(0).avg() > 200);
    CHECK(inside.extract_band(2).avg() < 60);
    // The chroma of a 16x16 block bleeds; the block after it does not.
    const VImage before = read(in / file).autorot();
    CHECK(difference_inside(before, seen, {0, 32, seen.width(), seen.height() - 32}) <= 2);
    CHECK(difference_inside(before, seen, {0, 0, seen.width() - 48, seen.height()}) <= 2);
  }
}

TEST_CASE_METHOD(PipelineFixture, "a JPEG keeps its quality, sampling and progression") {
  const VImage image = noise(64, 64, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  for (const int quality : {30, 85, 97}) {
    for (const bool subsampled : {true, false}) {
      image.jpegsave(
          (in / "x.jpg").c_str(),
          VImage::option()
              ->set("Q", quality)
              ->set("interlace", subsampled)
              ->set("subsample_mode", subsampled ? VIPS_FOREIGN_SUBSAMPLE_ON : VIPS_FOREIGN_SUBSAMPLE_OFF));
      RecordingLogger log;
      Pipeline pipeline(job, log);
      REQUIRE_FALSE(run(pipeline, in / "x.jpg", "x.jpg").failure);
      REQUIRE_FALSE(
          run(pipeline, out / "x.jpg", "again.jpg").failure);  // says what it sees in the first output
      CAPTURE(log.lines);
      CHECK(std::count_if(log.lines.begin(), log.lines.end(), [&](const std::string& line) {
              return line.find("quality " + std::to_string(quality)) != std::string::npos &&
                     line.find(subsampled ? "4:2:0, progressive" : "4:4:4") != std::string::npos;
            }) == 2);
    }
  }
}

TEST_CASE_METHOD(PipelineFixture, "every frame of an animation is marked and its timing kept") {
  VImage strip = VImage::black(40, 90)
                     .new_from_image({10, 20, 200})
                     .cast(VIPS_FORMAT_UCHAR)
                     .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  strip = strip.insert(VImage::black(5, 5).new_from_image({0, 200, 0}), 0, 30).copy();
  strip.set(VIPS_META_PAGE_HEIGHT, 30);
  strip.set("delay", std::vector<int>{100, 200, 300});
  strip.set("loop", 3);
  strip.gifsave((in / "a.gif").c_str());
  REQUIRE_FALSE(run(job, in / "a.gif", "a.gif").failure);
  const auto load = [](const std::string& path) {
    return VImage::gifload(path.c_str(), VImage::option()->set("n", -1)).copy_memory();
  };
  const VImage before = load(in / "a.gif");
  const VImage after = load(out / "a.gif");
  REQUIRE(after.height() == 90);
  CHECK(after.get_array_int("delay") == std::vector<int>{100, 200, 300});
  CHECK(after.get_int("loop") == 3);
  for (int frame = 0; frame < 3; ++frame) {
    CAPTURE(frame);
    const int top = 30 * frame;
    CHECK(after.getpoint(25, top + 25)[0] == 255);
    CHECK(after.getpoint(25, top + 25)[2] == 0);
    const Box above{0, top, 40, 20};
    CHECK(difference_inside(before.extract_band(0, VImage::option()->set("n", 3)),
                            after.extract_band(0, VImage::option()->set("n", 3)), above) == 0);
  }
}

TEST_CASE_METHOD(PipelineFixture, "an animation that becomes pages loses its timing, and the notes say so") {
  VImage strip = noise(40, 90, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB).copy();
  strip.set(VIPS_META_PAGE_HEIGHT, 30);
  strip.set("delay", std::vector<int>{100, 200, 300});
  strip.gifsave((in / "a.gif").c_str());
  strip.webpsave((in / "a.webp").c_str());
  strip.extract_area(0, 0, 40, 30).webpsave((in / "still.webp").c_str());
  const auto notes = [&](const std::string& file) {
    const RunResult result = run(job, in / file, "out");
    REQUIRE_FALSE(result.failure);
    return result.published.notes;
  };
  CHECK(notes("a.webp").find("animation") == std::string::npos);
  job.recipe.encoding.format = OutputFormat::tiff;
  CHECK(notes("a.gif") == "times and repetitions of the animation");
  CHECK(notes("a.webp") == "times and repetitions of the animation");
  CHECK(notes("still.webp").empty());
}

TEST_CASE_METHOD(PipelineFixture, "every page of a TIFF is marked") {
  VImage strip = noise(40, 60, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB).copy();
  strip.set(VIPS_META_PAGE_HEIGHT, 30);
  strip.tiffsave((in / "p.tif").c_str(),
                 VImage::option()->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_LZW));
  REQUIRE_FALSE(run(job, in / "p.tif", "p.tif").failure);
  const VImage after =
      VImage::tiffload((out / "p.tif").c_str(), VImage::option()->set("n", -1)).copy_memory();
  REQUIRE(after.height() == 60);
  CHECK(after.getpoint(30, 25) == std::vector<double>{255, 0, 0});
  CHECK(after.getpoint(30, 55) == std::vector<double>{255, 0, 0});
  CHECK(difference_inside(strip, after, {0, 30, 40, 20}) == 0);
}

TEST_CASE_METHOD(PipelineFixture, "profile and metadata are kept, and on request only what the look needs") {
  VImage image = noise(60, 40, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB)
                     .icc_transform("p3", VImage::option()->set("input_profile", "srgb"))
                     .copy();
  image.set(VIPS_META_ORIENTATION, 6);
  image.set("exif-ifd0-Artist", "Ada");
  const VImage kept = marked(image, "a.jpg");
  const auto profile = [](const VImage& of) {
    std::size_t size = 0;
    const void* data = of.get_blob(VIPS_META_ICC_NAME, &size);
    return std::string(static_cast<const char*>(data), size);
  };
  CHECK(profile(kept) == profile(image));
  CHECK(kept.get_typeof("exif-ifd0-Artist") != 0);
  job.recipe.encoding.metadata = MetadataPolicy::none;
  const VImage bare = marked(image, "b.jpg");
  CHECK(profile(bare) == profile(image));
  CHECK(bare.get_typeof("exif-ifd0-Artist") == 0);
  CHECK(bare.get_int(VIPS_META_ORIENTATION) == 6);
}

TEST_CASE_METHOD(PipelineFixture, "the mark is converted to the picture's profile") {
  const VImage grey = VImage::black(60, 40)
                          .new_from_image({128, 128, 128})
                          .cast(VIPS_FORMAT_UCHAR)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const VImage wide = grey.icc_transform("p3", VImage::option()->set("input_profile", "srgb"));
  const VImage after = marked(wide, "p3.png");
  const VImage seen = after.icc_transform("srgb", VImage::option()->set("embedded", true));
  const auto point = seen.getpoint(55, 35);
  CHECK(point[0] >= 252);
  CHECK(point[1] <= 8);
  CHECK(point[2] <= 8);
  CHECK(after.getpoint(55, 35)[0] < 245);  // sRGB red is inside of P3
}

TEST_CASE_METHOD(PipelineFixture, "a broken profile does not cost the picture") {
  VImage image = noise(60, 40, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB).copy();
  static char rubbish[] = "this is no profile";
  image.set(VIPS_META_ICC_NAME, nullptr, rubbish, sizeof rubbish);
  image.tiffsave((in / "x.tif").c_str());
  CHECK(marked_file("x.tif").getpoint(50, 35)[0] == 255);
}

TEST_CASE_METHOD(PipelineFixture, "pictures are written in the format that is asked for") {
  const VImage image = noise(80, 60, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  image.write_to_file((in / "x.png").c_str());
  noise(80, 60, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_CMYK).write_to_file((in / "cmyk.tif").c_str());
  noise(80, 60, 3, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16).write_to_file((in / "deep.png").c_str());
  noise(80, 60, 1, VIPS_FORMAT_FLOAT, VIPS_INTERPRETATION_B_W).write_to_file((in / "float.tif").c_str());
  const std::vector<std::pair<OutputFormat, std::string>> formats{{OutputFormat::jpeg, "jpegload"},
                                                                  {OutputFormat::png, "pngload"},
                                                                  {OutputFormat::webp, "webpload"},
                                                                  {OutputFormat::tiff, "tiffload"}};
  for (const std::string input : {"x.png", "cmyk.tif", "deep.png", "float.tif"}) {
    for (const auto& [format, loader] : formats) {
      CAPTURE(input, loader);
      job.recipe.encoding.format = format;
      job.recipe.encoding.quality = 95;
      const RunResult result = run(job, in / input, "result");
      INFO((result.failure ? result.failure->message : std::string()));
      REQUIRE_FALSE(result.failure);
      const VImage after = read(out / "result");
      CHECK(after.get_string("vips-loader") == loader);
      CHECK(after.width() == 80);
      if (format != OutputFormat::tiff && input != "float.tif") {
        const VImage seen = after.colourspace(VIPS_INTERPRETATION_sRGB);
        CHECK(seen.getpoint(70, 55)[0] > 200);
        CHECK(seen.getpoint(70, 55)[1] < 60);
      }
      if (format == OutputFormat::jpeg) CHECK_FALSE(after.has_alpha());
    }
  }
}

TEST_CASE_METHOD(PipelineFixture, "AVIF is written and read where libvips has it") {
  load_heif_module();
  if (vips_type_find("VipsOperation", "heifsave_buffer") == 0) {
    skip("this libvips does not write AVIF");
  }
  job.recipe.encoding.format = OutputFormat::avif;
  noise(64, 64, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB).write_to_file((in / "x.png").c_str());
  const RunResult result = run(job, in / "x.png", "x.avif");
  INFO((result.failure ? result.failure->message : std::string()));
  REQUIRE_FALSE(result.failure);
  job.recipe.encoding.format = OutputFormat::keep;
  CHECK_FALSE(run(job, out / "x.avif", "again.avif").failure);
  CHECK(read(out / "again.avif").getpoint(58, 60)[0] > 180);
}

TEST_CASE_METHOD(PipelineFixture, "file names are bytes and never options") {
  const VImage image = noise(40, 30, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  image.write_to_file((in / "x.png").c_str());
  const std::vector<std::string> files{"a[1].png", "-x.png", "new\nline.png", "\xff\xfe.png",
                                       std::string(255, 'n')};
  for (const std::string& file : files) {
    std::filesystem::copy_file(in / "x.png", in / file);
    CHECK_FALSE(run(job, in / file, file).failure);
    CHECK(std::filesystem::exists(out / file));
  }
}

TEST_CASE_METHOD(PipelineFixture, "marks larger than the picture shrink, marks outside change nothing") {
  const VImage image = noise(8, 40, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  const VImage after = marked(image, "tall.png");
  CHECK(difference_inside(image, after, {0, 0, 8, 36}) == 0);
  CHECK(after.getpoint(4, 38) == std::vector<double>{255, 0, 0});
  job.recipe.marks[0].offset_x = {-1000};
  CHECK(difference_inside(image, marked(image, "none.png"), {0, 0, 8, 40}) == 0);
}

TEST_CASE_METHOD(PipelineFixture, "a mark that changes no pixel counts as put on, and is named") {
  const VImage white = VImage::black(80, 60)
                           .new_from_image({255, 255, 255})
                           .cast(VIPS_FORMAT_UCHAR)
                           .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  Mark second;
  second.source = plain_logo(10, 10, {255, 255, 255, 255});
  second.gravity = Gravity::northwest;
  job.recipe.marks.push_back(second);
  for (const char* const file : {"white.png", "white.tif", "white.webp", "white.gif"}) {
    CAPTURE(file);
    white.write_to_file((in / file).c_str());
    const RunResult result = run(job, in / file, file);
    REQUIRE_FALSE(result.failure);
    CHECK(result.published.result == Result::marked);
    CHECK(result.published.left_out ==
          "mark 2 (logo plain.png): it cannot be seen, since it changes no pixel");
  }
}

TEST_CASE_METHOD(PipelineFixture, "several marks are put on in order") {
  Mark second;
  second.source = plain_logo(10, 10, {0, 0, 255, 255});
  Text text;
  text.text = "Ä & <b>";
  Mark third;
  third.source = text;
  third.gravity = Gravity::northwest;
  job.recipe.marks.push_back(second);
  job.recipe.marks.push_back(third);
  const VImage image = noise(200, 200, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  const VImage after = marked(image, "x.png");
  CHECK(after.getpoint(183, 195) == std::vector<double>{255, 0, 0});
  CHECK(after.getpoint(195, 195) == std::vector<double>{0, 0, 255});
  CHECK(difference_inside(image, after, {0, 0, 40, 12}) > 50);
}
