#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include <vips/vips8>

#include "tests/support/bombs.h"
#include "tests/support/catch.h"
#include "worker/jpeg/header_probe.h"
#include "worker/jpeg/libjpeg.h"
#include "worker/jpeg/quantisation.h"
#include "worker/vips/runtime.h"

using namespace wm;

namespace {

/// 16x16 grey or colour pixels as libjpeg itself writes them.
std::vector<std::byte> jpeg_of(int quality, int components, bool progressive = false) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_width = encoder.image_height = 16;
  encoder.input_components = components;
  encoder.in_color_space = components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, quality, TRUE);
  if (progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  std::vector<JSAMPLE> line(48, 77);
  JSAMPROW row = line.data();
  while (encoder.next_scanline < 16) jpeg_write_scanlines(&encoder, &row, 1);
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  const auto written = std::as_bytes(std::span(bytes, size));
  std::vector<std::byte> file(written.begin(), written.end());
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg allocated it
  return file;
}

}  // namespace

TEST_CASE("the quality of libjpeg's own files is found exactly, 1 to 100") {
  for (int quality = 1; quality <= 100; ++quality) {
    const auto traits = probe_jpeg_header(jpeg_of(quality, 3));
    REQUIRE(traits);
    CHECK(traits->quality == quality);
    CHECK(traits->exact_quality);
  }
}

TEST_CASE("the quality of libvips' files is found exactly, 1 to 100") {
  start_vips();
  const vips::VImage image = vips::VImage::black(16, 16, vips::VImage::option()->set("bands", 3));
  for (int quality = 1; quality <= 100; ++quality) {
    VipsBlob* blob = image.jpegsave_buffer(vips::VImage::option()->set("Q", quality));
    std::size_t size = 0;
    const auto* bytes = static_cast<const std::byte*>(vips_blob_get(blob, &size));
    const auto traits = probe_jpeg_header({bytes, size});
    vips_area_unref(VIPS_AREA(blob));
    REQUIRE(traits);
    CHECK(traits->quality == quality);
    CHECK(traits->chroma_subsampled == (quality < 90));  // libvips' default
  }
}

TEST_CASE("a table between two qualities goes to the nearer one") {
  QuantisationTable table = ijg_luma_table(80);
  table[0] = static_cast<std::uint16_t>(table[0] + 1);
  CHECK(nearest_ijg_quality(table) == 80);
}

TEST_CASE("sampling and progression are reported") {
  const auto colour = probe_jpeg_header(jpeg_of(80, 3, true));
  REQUIRE(colour);
  CHECK(colour->sampling == "4:2:0");
  CHECK(colour->progressive);
  const auto grey = probe_jpeg_header(jpeg_of(80, 1));
  REQUIRE(grey);
  CHECK(grey->sampling == "grey");
  CHECK_FALSE(grey->progressive);
  CHECK_FALSE(grey->chroma_subsampled);
}

TEST_CASE("what libjpeg keeps of a picture of several scans is counted, subsampled components as they are") {
  constexpr std::uint64_t block = 64 * 2;
  // 16x16 pixels: four blocks of luma, one of each chroma.
  CHECK(probe_jpeg_header(jpeg_of(80, 3, true))->coefficient_bytes == (4 + 1 + 1) * block);
  CHECK(probe_jpeg_header(jpeg_of(80, 1, true))->coefficient_bytes == 4 * block);
  CHECK(probe_jpeg_header(jpeg_of(80, 3))->coefficient_bytes == 0);
  std::string sequential = test::bombs::jpeg(16, 16, 2);  // one scan for each component
  sequential[sequential.find("\xFF\xC2") + 1] = '\xC0';
  CHECK(probe_jpeg_header(std::as_bytes(std::span(sequential)))->coefficient_bytes == 0);
  const std::size_t scan = sequential.find("\xFF\xDA");
  sequential.replace(scan, 14, test::bombs::jpeg_segment(0xDA, std::string("\1\1\0\0\x3F\0", 6)));
  CHECK(probe_jpeg_header(std::as_bytes(std::span(sequential)))->coefficient_bytes == 3 * 4 * block);
}

TEST_CASE("damaged headers give nothing and do no harm") {
  for (const std::string text :
       {"", "\xff\xd8", "\xff\xd8\xff\xff\xff\xff", "\xff\xd8\xff\xdb\x7f\xff garbage"}) {
    CHECK_FALSE(probe_jpeg_header(std::as_bytes(std::span(text))));
  }
}
