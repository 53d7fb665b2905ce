#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/sample_pictures.h"
#include "worker/repair/png_repair.h"
#include "worker/repair/webp_repair.h"

namespace wm::test {
namespace {

constexpr std::uint64_t plenty = 100'000'000;

container::ByteSpan bytes_of(const std::string& file) {
  return std::as_bytes(std::span(file));
}

std::string text_of(const std::optional<container::Bytes>& file) {
  REQUIRE(file);
  return std::string(container::text_of(*file));
}

/// How many rows from the top are the same.
int equal_rows(const Pixels& a, const Pixels& b) {
  REQUIRE(a.width == b.width);
  int rows = 0;
  while (rows < a.height) {
    const auto row = [&](const Pixels& pixels) {
      return pixels.samples.begin() + static_cast<std::ptrdiff_t>(pixels.index(0, rows));
    };
    if (a.bands != b.bands || !std::equal(row(a), row(a) + a.width * a.bands, row(b))) break;
    ++rows;
  }
  return rows;
}

std::string changed(std::string file, std::size_t at, const std::string& other) {
  return file.replace(at, other.size(), other);
}

TEST_CASE("a sound PNG that is repaired has the same pixels") {
  for (const char* const ending : {".png", ".png[interlace]", ".png[palette]", ".png[palette,bitdepth=4]"}) {
    CAPTURE(ending);
    const std::string file = sample_picture(61, 47, ending);
    CHECK(equal_rows(decoded(file), decoded(text_of(repair_png(bytes_of(file), plenty)))) == 47);
  }
}

TEST_CASE("what a repair takes is known from the header") {
  const std::string png = sample_picture(61, 200, ".png");
  constexpr std::uint64_t rows = 200 * (1 + 61 * 3);
  CHECK(png_repair_memory(bytes_of(png), plenty) == png.size() + 3 * rows);
  CHECK(png_repair_memory(bytes_of(png.substr(0, 40)), plenty) == 40 + 3 * rows);
  CHECK(png_repair_memory(bytes_of(png), rows - 1) == 0);
  CHECK(png_repair_memory(bytes_of(changed(png, 12, "IDAT")), plenty) == 0);
  CHECK(png_repair_memory(bytes_of(changed(png, 16, std::string(4, '\0'))), plenty) == 0);
  CHECK(png_repair_memory({}, plenty) == 0);
  const std::string webp = sample_picture(61, 200, ".webp");
  CHECK(webp_repair_memory(bytes_of(webp), plenty) >= webp.size() + 61 * 200 * 4);
  CHECK(webp_repair_memory(bytes_of(webp), 61 * 200 * 4 - 1) == 0);
  CHECK(webp_repair_memory({}, plenty) == 0);
}

TEST_CASE("a PNG that ends early keeps its rows, and the others are grey") {
  const std::string file = sample_picture(61, 200, ".png");
  const Pixels before = decoded(file);
  const Pixels after = decoded(text_of(repair_png(bytes_of(file.substr(0, file.size() / 2)), plenty)));
  CHECK(after.height == 200);
  const int rows = equal_rows(before, after);
  CHECK(rows > 50);
  CHECK(rows < 150);
  CHECK(after.at(30, 199, 1) == 0x80);
}

TEST_CASE("wrong checksums of a PNG cost nothing") {
  const std::string file = sample_picture(61, 47, ".png");
  for (const std::size_t at : {std::size_t{29}, file.size() - 16}) {
    const std::string broken = changed(file, at, "abcd");
    CHECK_FALSE(is_whole_picture(broken));
    CHECK(equal_rows(decoded(file), decoded(text_of(repair_png(bytes_of(broken), plenty)))) == 47);
  }
}

TEST_CASE("a PNG without a header or a row, or beyond the limit, is not repaired") {
  const std::string file = sample_picture(61, 47, ".png");
  CHECK_FALSE(repair_png(bytes_of(file.substr(0, 20)), plenty));
  CHECK_FALSE(repair_png(bytes_of(file.substr(0, 33)), plenty));
  CHECK_FALSE(repair_png(bytes_of("no PNG"), plenty));
  CHECK_FALSE(repair_png(bytes_of(changed(file, 16, "\x7f\xff\xff\xff")), plenty));
  CHECK_FALSE(repair_png(bytes_of(file), 61 * 47 * 3));  // each row has a byte more
  CHECK(repair_png(bytes_of(file), (61 * 3 + 1) * 47));
}

TEST_CASE("a WebP that ends early keeps its rows, and the others are grey") {
  for (const char* const ending : {".webp[Q=90]", ".webp[lossless]"}) {
    CAPTURE(ending);
    const std::string file = sample_picture(61, 200, ending);
    const Pixels before = decoded(file);
    const Pixels after =
        decoded(text_of(repair_webp(bytes_of(file.substr(0, file.size() * 6 / 10)), plenty)));
    CHECK(after.width == 61);
    CHECK(after.height == 200);
    int different = 0;
    for (int y = 0; y < 50; ++y) different += std::abs(before.at(30, y, 1) - after.at(30, y, 1)) > 1 ? 1 : 0;
    CHECK(different == 0);
    CHECK(after.at(30, 199, 1) == 0x80);
  }
}

TEST_CASE("a WebP beyond the limit, or with nothing in it, is not repaired") {
  const std::string file = sample_picture(61, 47, ".webp");
  CHECK_FALSE(repair_webp(bytes_of(file), 61 * 47 * 4 - 1));
  CHECK_FALSE(repair_webp(bytes_of(file.substr(0, 12)), plenty));
  CHECK_FALSE(repair_webp(bytes_of("no WebP"), plenty));
}

TEST_CASE("what is repaired of a file that is cut anywhere can be decoded") {
  for (const char* const ending : {".png[interlace]", ".webp[Q=60]", ".webp[lossless]"}) {
    const std::string file = sample_picture(40, 30, ending);
    for (std::size_t size = 0; size < file.size(); size += 1 + file.size() / 150) {
      CAPTURE(ending, size);
      const auto part = bytes_of(file).first(size);
      const auto repaired = ending[1] == 'p' ? repair_png(part, plenty) : repair_webp(part, plenty);
      if (repaired) CHECK(is_whole_picture(std::string(container::text_of(*repaired))));
    }
  }
}

}  // namespace
}  // namespace wm::test
