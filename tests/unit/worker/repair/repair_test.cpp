#include <algorithm>
#include <cstdlib>
#include <string>

#include <zlib.h>

#include "tests/support/catch.h"
#include "tests/support/sample_pictures.h"
#include "tests/unit/worker/support/bytes_of.h"
#include "worker/container/png_chunks.h"
#include "worker/repair/png_repair.h"
#include "worker/repair/webp_repair.h"

namespace wm::test {
namespace {

constexpr std::uint64_t plenty = 100'000'000;

std::string text_of(const std::optional<RepairedFile>& file) {
  REQUIRE(file);
  return std::string(container::text_of(file->bytes));
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
  const auto repaired = repair_png(bytes_of(file.substr(0, file.size() / 2)), plenty);
  const Pixels after = decoded(text_of(repaired));
  CHECK(after.height == 200);
  const int rows = equal_rows(before, after);
  CHECK(rows > 50);
  CHECK(rows < 150);
  CHECK(after.at(30, rows, 1) == 0x80);
  CHECK(after.at(30, 199, 1) == 0x80);
  CHECK(repaired->rows == 200);
  CHECK(repaired->lost_rows == static_cast<std::uint32_t>(200 - rows));
}

TEST_CASE("the incomplete rows of an interlaced PNG that ends early are counted") {
  const std::string file = sample_picture(61, 200, ".png[interlace]");
  const Pixels before = decoded(file);
  for (const std::size_t percent : {20U, 60U, 95U}) {
    CAPTURE(percent);
    const auto repaired = repair_png(bytes_of(file.substr(0, file.size() * percent / 100)), plenty);
    const Pixels after = decoded(text_of(repaired));
    std::uint32_t different = 0;
    for (int y = 0; y < 200; ++y) {
      const auto row = [y](const Pixels& pixels) {
        return pixels.samples.begin() + static_cast<std::ptrdiff_t>(pixels.index(0, y));
      };
      if (!std::equal(row(before), row(before) + 61 * 3, row(after))) ++different;
    }
    CHECK(repaired->lost_rows == different);
    CHECK(different > 0);
  }
}

/// 8-bit grey. Every row has the sample 50, and no filter except for one row.
std::string png_with_filter(std::uint32_t width, std::uint32_t height, std::uint32_t row, char filter) {
  std::string rows;
  for (std::uint32_t y = 0; y < height; ++y) rows += (y == row ? filter : '\0') + std::string(width, '\x32');
  uLongf size = ::compressBound(rows.size());
  container::Bytes packed(size);
  REQUIRE(::compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(rows.data()), rows.size()) == Z_OK);
  container::Bytes header;
  container::append_u32(header, width);
  container::append_u32(header, height);
  container::append(header, std::string_view("\x08\0\0\0\0", 5));
  container::Bytes file = container::to_bytes(container::png_signature);
  container::append_png_chunk(file, "IHDR", header);
  container::append_png_chunk(file, "IDAT", container::part(packed, 0, size));
  container::append_png_chunk(file, "IEND", {});
  return std::string(container::text_of(file));
}

TEST_CASE("from the first row of a PNG with an unknown filter on, rows are grey and counted") {
  const auto repaired = repair_png(bytes_of(png_with_filter(20, 30, 11, '\5')), plenty);
  const Pixels after = decoded(text_of(repaired));
  CHECK(after.at(3, 10, 0) == 50);
  for (int y = 11; y < 30; ++y) CHECK(after.at(3, y, 0) == 0x80);
  CHECK(repaired->lost_rows == 19);
  CHECK_FALSE(repair_png(bytes_of(png_with_filter(20, 30, 0, '\x7f')), plenty));
  CHECK(repair_png(bytes_of(png_with_filter(20, 30, 11, '\4')), plenty)->lost_rows == 0);
}

TEST_CASE("wrong checksums of a PNG cost nothing") {
  const std::string file = sample_picture(61, 47, ".png");
  for (const std::size_t at : {std::size_t{29}, file.size() - 16}) {
    const std::string broken = changed(file, at, "abcd");
    CHECK_FALSE(is_whole_picture(broken));
    const auto repaired = repair_png(bytes_of(broken), plenty);
    CHECK(equal_rows(decoded(file), decoded(text_of(repaired))) == 47);
    CHECK(repaired->lost_rows == 0);
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
    const auto repaired = repair_webp(bytes_of(file.substr(0, file.size() * 6 / 10)), plenty);
    const Pixels after = decoded(text_of(repaired));
    CHECK(after.width == 61);
    CHECK(after.height == 200);
    int different = 0;
    for (int y = 0; y < 50; ++y) different += std::abs(before.at(30, y, 1) - after.at(30, y, 1)) > 1 ? 1 : 0;
    CHECK(different == 0);
    CHECK(repaired->rows == 200);
    const auto lost = static_cast<int>(repaired->lost_rows);
    CHECK(lost > 0);
    for (int y = 200 - lost; y < 200; ++y) CHECK(after.at(30, y, 1) == 0x80);
    CHECK(after.at(30, 199 - lost, 1) != 0x80);
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
      if (repaired) CHECK(is_whole_picture(std::string(container::text_of(repaired->bytes))));
    }
  }
}

}  // namespace
}  // namespace wm::test
