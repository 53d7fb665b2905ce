// What a picture is expected to take.

#include "worker/stages/memory_need.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

constexpr std::uint64_t mb = 1 << 20;

constexpr PictureShape camera{.from = PictureFormat::jpeg,
                              .to = PictureFormat::jpeg,
                              .file_bytes = 6 * mb,
                              .page_pixels = 24'000'000,
                              .pixel_bytes = 3};

TEST_CASE("the file and its decoded pixels are certain, and no more is less than that") {
  for (const auto from : {PictureFormat::jpeg, PictureFormat::png, PictureFormat::tiff, PictureFormat::gif,
                          PictureFormat::heif}) {
    for (const auto to : {PictureFormat::jpeg, PictureFormat::png, PictureFormat::webp, PictureFormat::tiff,
                          PictureFormat::gif, PictureFormat::heif}) {
      PictureShape shape = camera;
      shape.from = from;
      shape.to = to;
      CAPTURE(name(from), name(to));
      CHECK(need_of_pixels(shape).certain == 6 * mb + 72'000'000);
      CHECK(need_of_pixels(shape).expected >= need_of_pixels(shape).certain);
      shape.verify = true;
      CHECK(need_of_pixels(shape).expected >= need_of_pixels(camera).certain + 72'000'000);
    }
  }
}

TEST_CASE("the planes of an AVIF are kept beside its pixels") {
  PictureShape shape = camera;
  shape.from = shape.to = PictureFormat::avif;
  CHECK(need_of_pixels(shape).certain == 6 * mb + 144'000'000);
}

TEST_CASE("a WebP picture is decoded on a canvas, and as a whole before it is copied") {
  PictureShape shape = camera;
  shape.from = PictureFormat::webp;
  CHECK(need_of_pixels(shape).certain == 6 * mb + 2 * 72'000'000 + 96'000'000);
  shape.pages = 10;
  CHECK(need_of_pixels(shape).certain == 6 * mb + 2 * 720'000'000 + 96'000'000);
  CHECK(need_of_pixels(shape).expected >= need_of_pixels(shape).certain);
}

TEST_CASE("every page counts") {
  PictureShape pages = camera;
  pages.pages = 10;
  CHECK(need_of_pixels(pages).certain == 6 * mb + 720'000'000);
}

TEST_CASE("what a decoder keeps whole costs more") {
  PictureShape progressive = camera;
  progressive.coefficient_bytes = 144'000'000;
  CHECK(need_of_pixels(progressive).expected > need_of_pixels(camera).expected);
  CHECK(need_of_pixels(progressive).certain == 6 * mb + 72'000'000 + 144'000'000);
  PictureShape interlaced = camera;
  interlaced.from = PictureFormat::png;
  const MemoryNeed in_rows = need_of_pixels(interlaced);
  interlaced.whole_decoding = true;
  CHECK(need_of_pixels(interlaced).expected >= in_rows.expected);
  CHECK(need_of_pixels(interlaced).certain == 6 * mb + 72'000'000);
}

TEST_CASE("an encoder that keeps all coefficients costs more") {
  PictureShape progressive = camera;
  progressive.progressive_output = true;
  CHECK(need_of_pixels(progressive).expected >= need_of_pixels(camera).expected + 3 * 48'000'000);
  CHECK(need_of_pixels(progressive).certain == need_of_pixels(camera).certain);
  CHECK(need_in_place(6 * mb, 144'000'000).certain == 6 * mb + 144'000'000);
  CHECK(need_in_place(6 * mb, 144'000'000).expected > need_in_place(6 * mb, 0).expected + 144'000'000);
}

TEST_CASE("what an encoder copies is certain, as is what a decoder keeps, but not both at a time") {
  PictureShape copied = camera;
  copied.copied_bytes = 72'000'000;
  CHECK(need_of_pixels(copied).certain == 6 * mb + 144'000'000);
  copied.coefficient_bytes = 48'000'000;
  CHECK(need_of_pixels(copied).certain == 6 * mb + 144'000'000);
}

TEST_CASE("a TIFF is written into memory that grows by copies") {
  PictureShape tiff = camera;
  tiff.from = tiff.to = PictureFormat::tiff;
  CHECK(need_of_pixels(tiff).expected >= need_of_pixels(tiff).certain + 4 * 72'000'000);
}

TEST_CASE("a picture of an ordinary camera is within the allowance of a worker") {
  constexpr std::uint64_t allowance = 256 * mb;
  CHECK(need_of_pixels(camera).expected < allowance);
  CHECK(need_in_place(12 * mb, 0).expected < allowance);
}

TEST_CASE("a header that promises more than 64 bits can count needs more than there is") {
  PictureShape absurd = camera;
  absurd.page_pixels = UINT64_MAX;
  absurd.pages = UINT64_MAX;
  CHECK(need_of_pixels(absurd).certain > std::uint64_t{1} << 60U);
  CHECK(need_of_pixels(absurd).expected >= need_of_pixels(absurd).certain);
}

}  // namespace
}  // namespace wm
