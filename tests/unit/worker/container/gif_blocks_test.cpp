#include "worker/container/gif_blocks.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/bytes_of.h"

namespace wm::container {
namespace {

using namespace std::string_literals;
using test::bytes_of;
using Kind = GifBlock::Kind;

const std::string gif_head = "GIF89a\1\0\1\0\0\0\0"s;
const std::string comment_block = "\x21\xFE\3abc\2de\0"s;
const std::string frame_block = "\x2C\0\0\0\0\1\0\1\0\x80"s + "PALETT" + "\2\2\x44\1\0"s;

TEST_CASE("blocks are told apart, with their palettes and sub-blocks") {
  const std::string file = gif_head + comment_block + frame_block + "\x3B";
  const std::string longer = file + "after";
  const auto blocks = read_gif_blocks(bytes_of(longer));
  REQUIRE(blocks);
  REQUIRE(blocks->blocks.size() == 3);
  CHECK(blocks->blocks[0].kind == Kind::comment);
  CHECK(blocks->blocks[1].kind == Kind::image);
  CHECK(text_of(blocks->blocks[1].whole) == frame_block);
  CHECK(blocks->blocks[2].kind == Kind::trailer);
  CHECK(blocks->end == file.size());
  CHECK(text_of(joined_sub_blocks(bytes_of(comment_block).subspan(2))) == "abcde");
}

TEST_CASE("a block in which the file ends is the last one, and not complete") {
  for (std::size_t size = 1; size < frame_block.size(); ++size) {
    CAPTURE(size);
    const std::string file = gif_head + comment_block + "\0"s + frame_block.substr(0, size);
    const auto blocks = read_gif_blocks(bytes_of(file));
    REQUIRE(blocks);
    CHECK(blocks->blocks.size() == 1);
    std::size_t at = blocks->end;
    const auto cut = next_gif_block(bytes_of(file), at);
    REQUIRE(cut);
    CHECK_FALSE(cut->complete);
    CHECK(at == gif_head.size() + comment_block.size() + 1);
  }
}

TEST_CASE("what no block begins with ends the list") {
  CHECK(read_gif_blocks(bytes_of(gif_head + comment_block + "x" + comment_block))->blocks.size() == 1);
  CHECK(read_gif_blocks(bytes_of(gif_head))->blocks.empty());
  CHECK_FALSE(read_gif_blocks(bytes_of("GIF89a\1\0\1\0\x81\0\0too short"s)));
}

}  // namespace
}  // namespace wm::container
