#include "worker/container/iso_boxes.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/bytes_of.h"

namespace wm::container {
namespace {

using namespace std::string_literals;
using test::bytes_of;

TEST_CASE("a box has a short size, a long one, or goes to the end") {
  for (const std::string& box : {"\0\0\0\x0B"s + "typeabc", "\0\0\0\1type\0\0\0\0\0\0\0\x13"s + "abc"}) {
    std::uint64_t at = 0;
    const std::string file = box + "rest";
    const auto found = next_box(bytes_of(file), at);
    REQUIRE(found);
    CHECK(found->type == "type");
    CHECK(text_of(found->content) == "abc");
    CHECK(found->complete);
    CHECK(at == box.size());
  }
  std::uint64_t at = 0;
  CHECK(text_of(next_box(bytes_of("\0\0\0\0typeto the end"s), at)->content) == "to the end");
}

TEST_CASE("a size that leads outside is cut off, and an impossible one ends the list") {
  std::uint64_t at = 0;
  const std::string file = "\0\0\1\0typeabc"s;
  const auto cut = next_box(bytes_of(file), at);
  REQUIRE(cut);
  CHECK_FALSE(cut->complete);
  CHECK(text_of(cut->content) == "abc");
  CHECK(at == 11);
  for (const std::string& bad : {"\0\0\0\7type"s, "\0\0\0\1type\0\0\0\0\0\0\0\x0F"s, "\0\0\0\x08typ"s}) {
    at = 0;
    CHECK_FALSE(next_box(bytes_of(bad), at));
  }
}

TEST_CASE("extents say where their numbers are") {
  // Version 1, offsets and lengths of 4 bytes, a base of 4 bytes.
  const std::string box = "\1\0\0\0\x44\x40\0\1"s + "\0\7\0\1\0\0"s + "\0\0\1\0"s + "\0\2"s +
                          "\0\0\0\5\0\0\0\3"s + "\0\0\0\x09\0\0\0\4"s;
  const auto extents = item_extents(bytes_of(box));
  REQUIRE(extents.size() == 2);
  CHECK(extents[0].item == 7);
  CHECK(extents[0].in_data_box);
  CHECK_FALSE(extents[0].in_file);
  CHECK(extents[0].base == 0x100);
  CHECK(extents[0].base_at == 14);
  CHECK(extents[1].offset == 9);
  CHECK(extents[1].offset_at == 28);
  CHECK(extents[1].length == 4);
  CHECK(extents[0].first);
  CHECK_FALSE(extents[1].first);
}

TEST_CASE("extents without numbers do not go on for ever") {
  // Every item has 65,535 extents that take no byte.
  std::string box = "\0\0\0\0\0\0\xFF\xFF"s;
  for (int i = 0; i < 1000; ++i) box += "\0\1\0\0\xFF\xFF"s;
  CHECK(item_extents(bytes_of(box)).size() == 100'000);
}

}  // namespace
}  // namespace wm::container
