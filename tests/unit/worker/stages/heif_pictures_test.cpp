// HEIF files by libheif: which of several pictures is marked, and what becomes of depth, colours and sampling
// of HEIC.

#include <libheif/heif.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "worker/container/heif_contents.h"
#include "worker/metadata/exif_block.h"

namespace wm::test {
namespace {

struct Shade {
  int width, height;
  std::uint8_t grey;
};

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
template <class T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

void check_heif(const heif_error& error) {
  INFO(error.message);
  REQUIRE(error.code == heif_error_Ok);
}

/// A file with a picture of one grey for each of `shades`; `primary` is the place of the primary one.
std::string heif_file(const std::vector<Shade>& shades, std::size_t primary,
                      heif_compression_format coding = heif_compression_AV1, const char* chroma = "420",
                      const std::string& exif = "") {
  const Owned<heif_context, heif_context_free> context(heif_context_alloc());
  heif_encoder* found = nullptr;
  if (heif_context_get_encoder_for_format(context.get(), coding, &found).code != heif_error_Ok) {
    skip("libheif has no such encoder");
  }
  const Owned<heif_encoder, heif_encoder_release> encoder(found);
  heif_encoder_set_lossless(encoder.get(), 1);
  check_heif(heif_encoder_set_parameter_string(encoder.get(), "chroma", chroma));
  for (std::size_t i = 0; i < shades.size(); ++i) {
    const Shade& shade = shades[i];
    heif_image* made = nullptr;
    check_heif(heif_image_create(shade.width, shade.height, heif_colorspace_RGB, heif_chroma_interleaved_RGB,
                                 &made));
    const Owned<heif_image, heif_image_release> image(made);
    check_heif(heif_image_add_plane(made, heif_channel_interleaved, shade.width, shade.height, 8));
    int stride = 0;
    std::uint8_t* const plane = heif_image_get_plane(made, heif_channel_interleaved, &stride);
    std::fill(plane, plane + stride * shade.height, shade.grey);
    heif_image_handle* handle = nullptr;
    check_heif(heif_context_encode_image(context.get(), made, encoder.get(), nullptr, &handle));
    const Owned<heif_image_handle, heif_image_handle_release> owned(handle);
    if (i == primary) check_heif(heif_context_set_primary_image(context.get(), handle));
    if (!exif.empty()) {
      check_heif(
          heif_context_add_exif_metadata(context.get(), handle, exif.data(), static_cast<int>(exif.size())));
    }
  }
  std::string file;
  heif_writer writer{.writer_api_version = 1,
                     .write = [](heif_context*, const void* data, size_t size, void* to) {
                       static_cast<std::string*>(to)->append(static_cast<const char*>(data), size);
                       return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                     }};
  check_heif(heif_context_write(context.get(), &writer, &file));
  return file;
}

struct Fixture {
  TempDir in, out;
  JobDescription job = job_with(plain_logo(8, 8, {255, 0, 0, 255}), out.path());
  Fixture() {
    load_heif_module();  // for the test's own looks at files
    job.recipe.encoding.quality = 95;
  }

  RunResult run_on(const std::string& file) {
    write_file(in / "x.heif", file);
    return run(job, in / "x.heif", "out.heif");
  }
  [[nodiscard]] vips::VImage output() const {
    return vips::VImage::new_from_file((out / "out.heif").c_str()).copy_memory();
  }
};

TEST_CASE_METHOD(Fixture,
                 "of several pictures of a HEIF file the primary one is marked, and the others are told") {
  for (const auto coding : {heif_compression_AV1, heif_compression_HEVC}) {
    for (const std::size_t primary : {std::size_t{0}, std::size_t{1}}) {
      CAPTURE(static_cast<int>(coding), primary);
      const RunResult result =
          run_on(heif_file({{64, 48, 40}, {96, 80, 200}, {64, 48, 90}}, primary, coding));
      INFO((result.failure ? result.failure->message : std::string("marked")));
      REQUIRE_FALSE(result.failure);
      const std::string others = primary == 0 ? "96 x 80, 64 x 48" : "64 x 48, 64 x 48";
      CHECK(result.published.notes == "pictures of the file besides its primary one: 2 (" + others + ")");
      CHECK(vips_image_get_n_pages(output().get_image()) == 1);
      CHECK(output().width() == (primary == 0 ? 64 : 96));
      CHECK(output().getpoint(1, 1)[1] == Approx(primary == 0 ? 40 : 200).margin(6));
      CHECK(output().getpoint(output().width() - 4, output().height() - 4)[0] > 200);
    }
  }
}

TEST_CASE_METHOD(Fixture, "a HEIC keeps its sampling of colours, at any quality") {
  for (const int quality : {50, 95}) {
    for (const auto& [chroma, format] : {std::pair{"420", 1}, std::pair{"444", 3}}) {
      CAPTURE(quality, chroma);
      job.recipe.encoding.quality = quality;
      const std::string input = heif_file({{64, 48, 40}}, 0, heif_compression_HEVC, chroma);
      const auto chroma_of = [](const std::string& file) {
        const HeifContents contents = read_heif_contents(std::as_bytes(std::span(file)));
        return contents.coded_primary() == nullptr ? -1 : contents.coded_primary()->chroma_format;
      };
      REQUIRE(chroma_of(input) == format);
      REQUIRE_FALSE(run_on(input).failure);
      CHECK(chroma_of(read_file(out / "out.heif")) == format);
    }
  }
}

TEST_CASE_METHOD(Fixture, "a HEIC without metadata gets none") {
  const auto metadata_of = [](const std::string& file) {
    const HeifContents contents = read_heif_contents(std::as_bytes(std::span(file)));
    return std::ranges::count_if(
        contents.items, [](const HeifItem& item) { return item.type == "Exif" || item.type == "mime"; });
  };
  const std::string input = heif_file({{64, 48, 40}}, 0, heif_compression_HEVC);
  REQUIRE(metadata_of(input) == 0);
  REQUIRE_FALSE(run_on(input).failure);
  CHECK(metadata_of(read_file(out / "out.heif")) == 0);
}

TEST_CASE_METHOD(Fixture, "a HEIC keeps the resolution that its EXIF block says") {
  using namespace std::string_literals;
  // Without a unit (1) libvips writes inches.
  for (const auto& [unit, name] : {std::pair{'\1', "2"}, std::pair{'\2', "2"}, std::pair{'\3', "3"}}) {
    CAPTURE(static_cast<int>(unit));
    // Three entries, of which the rationals lie after the directory.
    const std::string exif = "II*\0\x08\0\0\0\3\0"s + "\x1a\1\5\0\1\0\0\0\x32\0\0\0"s +
                             "\x1b\1\5\0\1\0\0\0\x3a\0\0\0"s + "\x28\1\3\0\1\0\0\0"s + unit + "\0\0\0"s +
                             "\0\0\0\0"s + "\x2c\1\0\0\1\0\0\0"s + "\x90\0\0\0\1\0\0\0"s;
    const std::string input = heif_file({{64, 48, 40}}, 0, heif_compression_HEVC, "420", exif);
    REQUIRE_FALSE(run_on(input).failure);
    const std::string file = read_file(out / "out.heif");
    const HeifContents contents = read_heif_contents(std::as_bytes(std::span(file)));
    const auto item = std::ranges::find(contents.items, "Exif", &HeifItem::type);
    REQUIRE(item != contents.items.end());
    constexpr std::size_t offset_bytes = 4;  // ISO/IEC 23008-12 annex A.2.1
    const auto read = metadata::ExifBlock::read(item->extents.at(0).subspan(offset_bytes));
    REQUIRE(read);
    CHECK(read->text("XResolution") == "300");
    CHECK(read->text("YResolution") == "144");
    CHECK(read->text("ResolutionUnit") == name);
  }
}

TEST_CASE_METHOD(Fixture, "pictures of one size are no pages") {
  const RunResult result = run_on(heif_file({{64, 48, 40}, {64, 48, 120}}, 1, heif_compression_HEVC));
  REQUIRE_FALSE(result.failure);
  CHECK(result.published.notes == "pictures of the file besides its primary one: 1 (64 x 48)");
  CHECK(output().getpoint(1, 1)[1] == Approx(120).margin(6));
}

}  // namespace
}  // namespace wm::test
