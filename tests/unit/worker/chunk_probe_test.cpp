#include "worker/format/chunk_probe.h"

#include "common/os/memory_file.h"
#include "tests/support/catch.h"

using namespace wm;
using namespace std::string_literals;

namespace {

UniqueFd file_of(const std::string& bytes) {
  return create_sealed_file("test", std::as_bytes(std::span(bytes)));
}

std::string png_head(char depth, char colour, char interlace) {
  return "\x89PNG\r\n\x1a\n"s + "\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1"s + depth + colour + "\0\0"s + interlace +
         "CRCC"s;
}

}  // namespace

TEST_CASE("lossless WebP is found also behind an extended header and in animations") {
  const auto riff = "RIFF\0\0\0\0WEBP"s;
  CHECK(webp_is_lossless(file_of(riff + "VP8L\4\0\0\0abcd"s).get()));
  CHECK_FALSE(webp_is_lossless(file_of(riff + "VP8 \4\0\0\0abcd"s).get()));
  CHECK(webp_is_lossless(file_of(riff + "VP8X\3\0\0\0abc\0"s + "VP8L\4\0\0\0abcd"s).get()));
  CHECK(
      webp_is_lossless(file_of(riff + "ANMF\x20\0\0\0"s + std::string(16, 'x') + "VP8L\4\0\0\0abcd"s).get()));
  CHECK_FALSE(webp_is_lossless(file_of(riff).get()));
}

TEST_CASE("a PNG tells its frames, interlacing and whether it has few colours") {
  const auto idat = "\0\0\0\0IDATCRCC"s;
  const PngTraits plain = probe_png_header(file_of(png_head(8, 2, 0) + idat).get());
  CHECK(plain.frames == 1);
  CHECK_FALSE(plain.interlaced);
  CHECK_FALSE(plain.few_colours);
  CHECK(probe_png_header(file_of(png_head(8, 3, 1) + idat).get()).interlaced);
  CHECK(probe_png_header(file_of(png_head(8, 3, 1) + idat).get()).few_colours);
  CHECK(probe_png_header(file_of(png_head(1, 0, 0) + idat).get()).few_colours);
  const auto actl =
      "\0\0\0\x08"
      "acTL\0\0\0\5\0\0\0\0CRCC"s;
  CHECK(probe_png_header(file_of(png_head(8, 2, 0) + actl + idat).get()).frames == 5);
  CHECK(probe_png_header(file_of("\x89PNG"s).get()).frames == 1);
}
