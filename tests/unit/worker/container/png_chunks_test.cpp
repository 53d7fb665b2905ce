#include "worker/container/png_chunks.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/bytes_of.h"

namespace wm::container {
namespace {

using namespace std::string_literals;
using test::bytes_of;

std::string chunk(const std::string& type, const std::string& data) {
  Bytes bytes;
  append_png_chunk(bytes, type, bytes_of(data));
  return std::string(text_of(bytes));
}

std::string png_head(char depth, char colour, char interlace, char side = 1) {
  return std::string(png_signature) +
         chunk("IHDR", "\0\0\0"s + side + "\0\0\0"s + side + depth + colour + "\0\0"s + interlace);
}

PngHeader header_of(const std::string& file) {
  return read_png_header(bytes_of(file)).value();
}

std::optional<PackedPngText> text_in(const std::string& type, const std::string& data) {
  static std::string kept;
  kept = chunk(type, data);
  std::size_t at = 0;
  return split_png_text(next_png_chunk(bytes_of(kept), at).value());
}

TEST_CASE("a PNG tells its interlacing and whether it has few colours") {
  CHECK_FALSE(header_of(png_head(8, 2, 0)).interlaced);
  CHECK_FALSE(header_of(png_head(8, 2, 0)).has_few_colours());
  CHECK(header_of(png_head(8, 3, 1)).interlaced);
  CHECK(header_of(png_head(8, 3, 1)).has_few_colours());
  CHECK(header_of(png_head(1, 0, 0)).has_few_colours());
  CHECK_FALSE(read_png_header(bytes_of("\x89PNG")));
  CHECK_FALSE(read_png_header(bytes_of(png_head(8, 2, 0).substr(0, 28))));
}

TEST_CASE("rows are as long as their samples, and passes have all pixels") {
  CHECK(header_of(png_head(1, 0, 0)).row_bytes(9) == 3);
  CHECK(header_of(png_head(8, 6, 0)).row_bytes(9) == 37);
  CHECK(header_of(png_head(16, 4, 0)).row_bytes(1) == 5);
  for (const int side : {1, 4, 5, 9, 16}) {
    CAPTURE(side);
    std::uint32_t pixels = 0;
    for (const PngPass& pass : header_of(png_head(8, 2, 1, static_cast<char>(side))).passes())
      pixels += pass.columns * pass.rows;
    CHECK(pixels == static_cast<std::uint32_t>(side * side));
  }
}

TEST_CASE("chunks end where one is cut off, or has a type that is none") {
  const std::string file = png_head(8, 2, 0) + chunk("IDAT", "abc") + chunk("IEND", "");
  const std::string longer = file + "after";
  const auto whole = read_png_chunks(bytes_of(longer));
  REQUIRE(whole);
  CHECK(whole->chunks.size() == 3);
  CHECK(whole->end == file.size());
  CHECK(has_right_crc(whole->chunks[1]));
  const auto cut = read_png_chunks(bytes_of(file).first(file.size() - 13));
  REQUIRE(cut);
  CHECK(cut->chunks.size() == 1);
  CHECK(read_png_chunks(bytes_of(png_head(8, 2, 0) + chunk("ID\1T", "")))->chunks.size() == 1);
  CHECK_FALSE(read_png_chunks(bytes_of("GIF89a")));
}

TEST_CASE("texts are split where their keyword ends") {
  const auto plain = text_in("tEXt", "Title\0A\0B"s);
  REQUIRE(plain);
  CHECK(plain->keyword == "Title");
  CHECK(text_of(plain->content) == "A\0B"s);
  CHECK_FALSE(plain->compressed);
  const auto packed = text_in("iTXt", "Title\0\1\0de\0Titel\0packed"s);
  REQUIRE(packed);
  CHECK(text_of(packed->content) == "packed");
  CHECK(packed->compressed);
  CHECK(text_in("iCCP", "sRGB\0\0packed"s)->compressed);
  CHECK_FALSE(text_in("zTXt", "Title\0"s));
  CHECK_FALSE(text_in("iTXt", "Title\0\0\0de"s));
  CHECK_FALSE(text_in("tEXt", "no end"));
  CHECK_FALSE(text_in("gAMA", "\0\1\2\3"s));
}

}  // namespace
}  // namespace wm::container
