// HEIF files with several pictures: which of them are marked.

#include <libheif/heif.h>

#include <algorithm>
#include <memory>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/unit/worker/support/pipeline_run.h"

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
std::string heif_file(const std::vector<Shade>& shades, std::size_t primary) {
  const Owned<heif_context, heif_context_free> context(heif_context_alloc());
  heif_encoder* found = nullptr;
  if (heif_context_get_encoder_for_format(context.get(), heif_compression_AV1, &found).code !=
      heif_error_Ok) {
    skip("libheif has no AV1 encoder");
  }
  const Owned<heif_encoder, heif_encoder_release> encoder(found);
  heif_encoder_set_lossless(encoder.get(), 1);
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
  ScratchDirectory in, out;
  JobDescription job = job_with(plain_logo(8, 8, {255, 0, 0, 255}), out.path().string());
  Fixture() { job.recipe.encoding.quality = 95; }

  RunResult run_on(const std::string& file) {
    write_file(in / "x.avif", file);
    return run(job, in / "x.avif", "out.avif");
  }
  /// The grey of each picture of the output, at its upper left corner.
  [[nodiscard]] std::vector<int> greys() const {
    const vips::VImage all =
        vips::VImage::new_from_file((out / "out.avif").c_str(), vips::VImage::option()->set("n", -1));
    const int height = vips_image_get_page_height(all.get_image());
    std::vector<int> result;
    for (int top = 0; top < all.height(); top += height) {
      result.push_back(static_cast<int>(all.getpoint(1, top + 1).front()));
    }
    return result;
  }
};

bool near(int a, int b) {
  return std::abs(a - b) <= 6;
}

TEST_CASE_METHOD(Fixture, "where pictures of a HEIF file differ in size, the primary one is marked") {
  const RunResult result = run_on(heif_file({{64, 48, 40}, {96, 80, 200}}, 1));
  REQUIRE_FALSE(result.failure);
  CHECK(result.published.notes == "pictures of the file besides its primary one: 1");
  CHECK(vips::VImage::new_from_file((out / "out.avif").c_str()).width() == 96);
  REQUIRE(greys().size() == 1);
  CHECK(near(greys()[0], 200));
}

TEST_CASE_METHOD(Fixture,
                 "of pictures of one size all are marked, and the primary one stays the one that is shown") {
  const RunResult result = run_on(heif_file({{64, 48, 40}, {64, 48, 120}, {64, 48, 200}}, 1));
  REQUIRE_FALSE(result.failure);
  CHECK(result.published.notes == "the order of the pictures: the primary one comes first");
  REQUIRE(greys().size() == 3);
  CHECK(near(greys()[0], 120));
  CHECK(near(greys()[1], 40));
  CHECK(near(greys()[2], 200));
}

TEST_CASE_METHOD(Fixture, "pictures whose primary one is the first keep their order") {
  const RunResult result = run_on(heif_file({{64, 48, 40}, {64, 48, 200}}, 0));
  REQUIRE_FALSE(result.failure);
  CHECK(result.published.notes.empty());
  REQUIRE(greys().size() == 2);
  CHECK(near(greys()[0], 40));
  CHECK(near(greys()[1], 200));
}

}  // namespace
}  // namespace wm::test
