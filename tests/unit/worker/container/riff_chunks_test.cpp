#include "worker/container/riff_chunks.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/bytes_of.h"

namespace wm::container {
namespace {

using namespace std::string_literals;
using test::bytes_of;

const std::string webp_head = "RIFF\xFF\0\0\0WEBP"s;

TEST_CASE("lossless WebP is found also after an extended header and in animations") {
  const auto is_lossless = [](const std::string& file) { return webp_is_lossless(bytes_of(file)); };
  CHECK(is_lossless(webp_head + "VP8L\4\0\0\0abcd"s));
  CHECK_FALSE(is_lossless(webp_head + "VP8 \4\0\0\0abcd"s));
  CHECK(is_lossless(webp_head + "VP8X\3\0\0\0abc\0"s + "VP8L\4\0\0\0abcd"s));
  CHECK(is_lossless(webp_head + "ANMF\x20\0\0\0"s + std::string(16, 'x') + "VP8L\4\0\0\0abcd"s));
  CHECK_FALSE(is_lossless(webp_head));
}

TEST_CASE("chunks are padded, and end where one is cut off") {
  const std::string file = webp_head + "ABCD\3\0\0\0abc\0"s + "EFGH\2\0\0\0ef"s;
  const std::string longer = file + "IJKL\4\0\0\0i"s;
  const auto chunks = read_webp_chunks(bytes_of(longer));
  REQUIRE(chunks);
  REQUIRE(chunks->chunks.size() == 2);
  CHECK(chunks->chunks[1].is("EFGH"));
  CHECK(text_of(chunks->chunks[0].data) == "abc");
  CHECK(chunks->end == file.size());
  CHECK_FALSE(read_webp_chunks(bytes_of("RIFF\4\0\0\0WAVE"s)));
}

TEST_CASE("what is after the RIFF chunk is no part of it") {
  std::string file = webp_head + "ABCD\2\0\0\0ab"s;
  file[4] = static_cast<char>(file.size() - 8);
  CHECK(read_webp_chunks(bytes_of(file + "EFGH\0\0\0\0"s))->chunks.size() == 1);
}

TEST_CASE("a new file says how long it is") {
  Bytes file = new_webp();
  append_riff_chunk(file, "VP8 ", bytes_of("abc"));
  set_riff_size(file);
  CHECK(text_of(file) == "RIFF\x10\0\0\0WEBPVP8 \3\0\0\0abc\0"s);
}

}  // namespace
}  // namespace wm::container
