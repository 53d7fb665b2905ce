// A thumbnail shows its file upright and small, and carries nothing else of it.

#include "worker/preview/thumbnail.h"

#include <cmath>
#include <fstream>
#include <string>
#include <string_view>

#include <vips/vips8>

#include "common/job/outcome.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/worker/support/no_logger.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

/// Its left half is red, its right half blue.
vips::VImage two_halves(int width, int height) {
  start_vips();
  vips::VImage image = vips::VImage::black(width, height, vips::VImage::option()->set("bands", 3)) +
                       std::vector<double>{200, 20, 20};
  image = image.cast(VIPS_FORMAT_UCHAR)
              .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
              .copy_memory();
  image.draw_rect({20, 20, 200}, width / 2, 0, width - width / 2, height,
                  vips::VImage::option()->set("fill", true));
  return image;
}

std::vector<std::byte> made(const std::string& path, const JobDescription& job = {}) {
  start_vips();
  test::NoLogger log;
  return thumbnail({.kind = PreviewKind::thumbnail, .input = path, .cells = {}}, job, log);
}

vips::VImage decoded(const std::vector<std::byte>& jpeg) {
  return vips::VImage::jpegload_source(vips::VSource::new_from_memory(jpeg.data(), jpeg.size()))
      .copy_memory();
}

void check_near(const vips::VImage& image, int x, int y, const std::vector<double>& colour) {
  const std::vector<double> is = image.getpoint(x, y);
  CAPTURE(x, y, is.at(0), is.at(1), is.at(2));
  for (std::size_t band = 0; band < 3; ++band) CHECK(std::abs(is.at(band) - colour[band]) <= 12);
}

TEST_CASE("a thumbnail is small, upright and without metadata") {
  const TempDir scratch;
  const std::string path = scratch / "a.jpg";
  vips::VImage image = two_halves(1600, 800);
  image.set("exif-ifd0-Orientation", "6");  // to be turned to the right: its left is above
  image.set("exif-ifd0-Artist", "Somebody Known");
  image.set("orientation", 6);
  image.jpegsave(path.c_str());
  const std::vector<std::byte> jpeg = made(path);
  const std::string_view bytes(reinterpret_cast<const char*>(jpeg.data()), jpeg.size());
  CHECK(bytes.starts_with("\xFF\xD8\xFF"));
  CHECK(bytes.find("Exif") == std::string_view::npos);
  CHECK(bytes.find("Somebody") == std::string_view::npos);
  CHECK(bytes.find("ICC_PROFILE") == std::string_view::npos);
  const vips::VImage seen = decoded(jpeg);
  CHECK(seen.width() == 240);
  CHECK(seen.height() == 480);
  check_near(seen, 120, 40, {200, 20, 20});
  check_near(seen, 120, 440, {20, 20, 200});
}

TEST_CASE("a thumbnail of the busiest picture is not long") {
  const TempDir scratch;
  const std::string path = scratch / "noise.png";
  start_vips();
  const vips::VImage noise =
      vips::VImage::gaussnoise(480, 480, vips::VImage::option()->set("mean", 128)->set("sigma", 80));
  noise.bandjoin({noise.rot180(), noise.rot90()})
      .cast(VIPS_FORMAT_UCHAR)
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
      .write_to_file(path.c_str());
  CHECK(made(path).size() < 2 * thumbnail_bytes);
  two_halves(480, 480).write_to_file(path.c_str());
  CHECK(made(path).size() < thumbnail_bytes / 4);
}

TEST_CASE("through transparency a thumbnail shows squares, and a small picture stays small") {
  const TempDir scratch;
  const std::string path = scratch / "clear.png";
  two_halves(32, 16).bandjoin(0).write_to_file(path.c_str());
  const vips::VImage seen = decoded(made(path));
  CHECK(seen.width() == 32);
  check_near(seen, 11, 3, {204, 204, 204});
  check_near(seen, 3, 3, {153, 153, 153});
}

TEST_CASE("no thumbnail of what is missing, no picture, or beyond the limits") {
  const TempDir scratch;
  const auto kind_of = [](const std::string& path, const JobDescription& job = {}) {
    try {
      static_cast<void>(made(path, job));
    } catch (const TaskFailure& failure) {
      return std::string(name(failure.kind()));
    }
    return std::string();
  };
  CHECK(kind_of(scratch / "none.jpg") == "unreadable");
  const std::string text = scratch / "text.jpg";
  std::ofstream(text) << "no picture";
  CHECK(kind_of(text) == "unsupported");
  const std::string large = scratch / "large.png";
  two_halves(400, 400).write_to_file(large.c_str());
  CHECK(kind_of(large).empty());
  CHECK(kind_of(large, {.limits = {.pixels = 1000}}) == "too_large");
}

}  // namespace
}  // namespace wm
