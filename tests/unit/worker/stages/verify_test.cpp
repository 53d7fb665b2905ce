#include "worker/stages/verify.h"

#include <span>
#include <utility>
#include <vector>

#include "common/job/outcome.h"
#include "tests/support/catch.h"
#include "worker/vips/runtime.h"

using namespace wm;
using vips::VImage;

namespace {

VImage rgb(const VImage& image) {
  return image.cast(VIPS_FORMAT_UCHAR)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
      .copy_memory();
}

VImage rgb_noise(int width = 96, int height = 80) {
  start_vips();
  const auto band = [&] {
    return VImage::gaussnoise(width, height, VImage::option()->set("mean", 128)->set("sigma", 60));
  };
  return rgb(band().bandjoin(band()).bandjoin(band()));
}

/// Saturated colours side by side, which subsampling and clipping hurt most.
VImage checkerboard() {
  start_vips();
  VImage image = VImage::black(96, 80).new_from_image({0, 0, 255});
  const VImage xy = VImage::xyz(96, 80);
  const VImage odd = (xy.extract_band(0) + xy.extract_band(1)).cast(VIPS_FORMAT_INT) & 1;
  return rgb(odd.ifthenelse(VImage::black(96, 80).new_from_image({255, 255, 0}), image));
}

std::vector<std::byte> saved_picture(const VImage& image, const char* saver, vips::VOption* options) {
  VipsBlob* blob = nullptr;
  VImage::call(saver, options->set("in", image)->set("buffer", &blob));
  std::size_t size = 0;
  const auto* data = static_cast<const std::byte*>(vips_blob_get(blob, &size));
  std::vector<std::byte> bytes(data, data + size);
  vips_area_unref(VIPS_AREA(blob));
  return bytes;
}

std::vector<std::byte> jpeg(const VImage& image, int quality) {
  return saved_picture(image, "jpegsave_buffer", VImage::option()->set("Q", quality));
}
std::vector<std::byte> png(const VImage& image) {
  return saved_picture(image, "pngsave_buffer", VImage::option());
}

void check_refused(const std::vector<std::byte>& file, const Coded& coded, const std::string& words) {
  try {
    verify(file, coded);
    FAIL("was taken for good");
  } catch (const TaskFailure& failure) {
    CAPTURE(failure.what());
    CHECK(failure.kind() == FailureKind::write_error);
    CHECK(std::string(failure.what()).find(words) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("what codecs do to the hardest pictures at any quality is no failure") {
  for (const VImage& image : {rgb_noise(), checkerboard(), rgb_noise(17, 5)}) {
    for (const int quality : {1, 10, 30, 50, 75, 85, 95, 100}) {
      CAPTURE(quality, image.width());
      const Coded lossy{.format = PictureFormat::jpeg, .image = image, .lossless = false, .quality = quality};
      CHECK_NOTHROW(verify(jpeg(image, quality), lossy));
      Coded webp = lossy;
      webp.format = PictureFormat::webp;
      CHECK_NOTHROW(verify(
          saved_picture(image, "webpsave_buffer", VImage::option()->set("Q", quality)->set("effort", 0)),
          webp));
    }
  }
}

TEST_CASE("lossless formats come back the same, with alpha, grey and 16 bits") {
  const VImage image = rgb_noise();
  CHECK_NOTHROW(verify(png(image), {.format = PictureFormat::png, .image = image}));
  const VImage with_alpha = image.bandjoin(image.extract_band(0)).copy_memory();
  CHECK_NOTHROW(verify(png(with_alpha), {.format = PictureFormat::png, .image = with_alpha}));
  CHECK_NOTHROW(verify(saved_picture(with_alpha, "webpsave_buffer", VImage::option()->set("lossless", true)),
                       {.format = PictureFormat::webp, .image = with_alpha}));
  const VImage grey = image.extract_band(0)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W))
                          .copy_memory();
  CHECK_NOTHROW(verify(saved_picture(grey, "webpsave_buffer", VImage::option()->set("lossless", true)),
                       {.format = PictureFormat::webp, .image = grey}));
  const VImage deep = (image.cast(VIPS_FORMAT_USHORT) * 257)
                          .cast(VIPS_FORMAT_USHORT)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_RGB16))
                          .copy_memory();
  CHECK_NOTHROW(verify(png(deep), {.format = PictureFormat::png, .image = deep}));
  CHECK_NOTHROW(verify(saved_picture(deep, "tiffsave_buffer", VImage::option()),
                       {.format = PictureFormat::tiff, .image = deep}));
}

TEST_CASE("one sample that differs fails a lossless format") {
  const VImage image = rgb_noise();
  const VImage other = image.insert(rgb(VImage::black(1, 1).new_from_image({1, 2, 3})), 50, 40).copy_memory();
  check_refused(png(other), {.format = PictureFormat::png, .image = image}, "samples differ");
}

TEST_CASE("a block in the wrong place fails a lossy format") {
  const VImage image =
      rgb(VImage::grey(96, 80).bandjoin(VImage::grey(96, 80)).bandjoin(VImage::grey(96, 80)) * 255);
  const Coded coded{.format = PictureFormat::jpeg, .image = image, .lossless = false, .quality = 85};
  CHECK_NOTHROW(verify(jpeg(image, 85), coded));
  check_refused(jpeg(image.insert(image.crop(0, 0, 16, 16), 64, 32), 85), coded, "blocks differ");
  check_refused(jpeg(image.insert(rgb(VImage::black(16, 16).new_from_image({0, 0, 0})), 64, 32), 85), coded,
                "blocks differ");
  check_refused(jpeg(image.rot(VIPS_ANGLE_D180), 85), coded, "blocks differ");
}

TEST_CASE(
    "a lossy block may be off by 8 levels, and by half of one more for each step of quality below 100") {
  start_vips();
  const VImage image = rgb(VImage::black(96, 80).new_from_image({100, 100, 100}));
  for (const auto& [quality, limit] : std::vector<std::pair<int, int>>{{100, 8}, {90, 13}, {60, 28}}) {
    CAPTURE(quality);
    const Coded coded{.format = PictureFormat::png, .image = image, .lossless = false, .quality = quality};
    const auto file_off_by = [&](double levels) {
      const VImage block = VImage::black(16, 16).new_from_image({100 + levels, 100 + levels, 100 + levels});
      return png(image.insert(rgb(block), 64, 32).copy_memory());
    };
    CHECK_NOTHROW(verify(file_off_by(limit), coded));
    check_refused(file_off_by(limit + 1), coded, "blocks differ");
  }
}

TEST_CASE("a JPEG marked in place may differ near its marks, and by no sample elsewhere") {
  const VImage image = rgb_noise(160, 120);
  const auto decoded = [](const std::vector<std::byte>& file) {
    return VImage::jpegload_source(vips::VSource::new_from_memory(file.data(), file.size())).copy_memory();
  };
  const auto input = jpeg(image, 90);
  const VImage before = decoded(input);
  const std::span<const std::byte> samples(static_cast<const std::byte*>(before.data()),
                                           std::size_t{160} * 120 * 3);
  const std::vector<Box> none;
  const std::vector<Box> corner{{150, 110, 10, 10}, {-5, -5, 6, 6}};
  CHECK_NOTHROW(verify_untouched(input, samples, {160, 120}, none));
  // Of another size, or with other samples.
  CHECK_THROWS_AS(verify_untouched(input, samples, {120, 160}, none), TaskFailure);
  const VImage dot = rgb(VImage::black(8, 8).new_from_image({0, 0, 0}));
  const auto near = jpeg(image.insert(dot, 152, 112), 90);
  CHECK_NOTHROW(verify_untouched(near, samples, {160, 120}, corner));
  CHECK_THROWS_AS(verify_untouched(near, samples, {160, 120}, none), TaskFailure);
  CHECK_THROWS_AS(verify_untouched(jpeg(image.insert(dot, 80, 48), 90), samples, {160, 120}, corner),
                  TaskFailure);
}

TEST_CASE("files that end early fail, wherever they do") {
  const VImage image = rgb_noise();
  const auto whole_jpeg = jpeg(image, 90);
  const auto whole_png = png(image);
  for (int part = 1; part < 10; ++part) {
    CAPTURE(part);
    const auto cut = [part](const std::vector<std::byte>& file) {
      return std::vector<std::byte>(file.begin(),
                                    file.begin() + static_cast<std::ptrdiff_t>(file.size()) * part / 10);
    };
    check_refused(cut(whole_jpeg),
                  {.format = PictureFormat::jpeg, .image = image, .lossless = false, .quality = 90},
                  "the output was read again");
    check_refused(cut(whole_png), {.format = PictureFormat::png, .image = image},
                  "the output was read again");
  }
  check_refused({}, {.format = PictureFormat::png, .image = image}, "the output was read again");
}

TEST_CASE("another size, other channels and missing pages fail") {
  const VImage image = rgb_noise();
  check_refused(png(image.crop(0, 0, 96, 79)), {.format = PictureFormat::png, .image = image},
                "96 x 79 pixels on 1 pages instead of 96 x 80");
  check_refused(png(image.extract_band(0)), {.format = PictureFormat::png, .image = image}, "channels");
  VImage strip = image.copy();
  strip.set(VIPS_META_PAGE_HEIGHT, 40);
  const auto pages = saved_picture(strip, "tiffsave_buffer", VImage::option());
  CHECK_NOTHROW(verify(pages, {.format = PictureFormat::tiff, .image = image, .pages = 2}));
  check_refused(pages, {.format = PictureFormat::tiff, .image = image, .pages = 1}, "pages");
}

TEST_CASE("transparency that is gone fails") {
  const VImage image = rgb_noise();
  const VImage with_alpha = image.bandjoin(image.extract_band(0)).copy_memory();
  check_refused(png(image), {.format = PictureFormat::png, .image = with_alpha}, "transparency");
}
