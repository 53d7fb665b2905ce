#include "worker/container/mpf_index.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/bytes_of.h"

namespace wm::container {
namespace {

using namespace std::string_literals;
using test::bytes_of;

/// Of two pictures: how many there are, and where.
const std::string index_of_two = "MM\0*\0\0\0\x08"s + "\0\2"s + "\xB0\1\0\4\0\0\0\1\0\0\0\2"s +
                                 "\xB0\2\0\7\0\0\0\x20\0\0\0\x26"s + "\0\0\0\0"s +
                                 "\0\3\0\0\0\0\1\0\0\0\0\0\0\2\0\0"s + "\0\1\0\1\0\0\0\x40\0\0\2\0\0\0\0\0"s;

std::string file_with(const std::string& content) {
  Bytes file = to_bytes("\xFF\xD8");
  append_jpeg_segment(file, marker::app2, mpf_signature, bytes_of(content));
  return std::string(text_of(file));
}

TEST_CASE("an index tells where its pictures are") {
  const std::string file = file_with(index_of_two);
  const auto found = MpfIndex::read(next_segment(bytes_of(file), 2).value());
  REQUIRE(found);
  REQUIRE(found->entries.size() == 2);
  CHECK(found->is_counted());
  CHECK(found->place(found->entries[0]) == 0);
  CHECK(found->place(found->entries[1]) == 10 + 0x200);
  CHECK(found->entries[1].size == 0x40);
  CHECK(found->entries[1].is_preview());
  CHECK(found->range().begin == 10);
  CHECK(text_of(found->bytes()) == index_of_two);
}

TEST_CASE("entries are written over those that were there, and what is left becomes zeros") {
  const std::string file = file_with(index_of_two);
  auto found = MpfIndex::read(next_segment(bytes_of(file), 2).value());
  REQUIRE(found);
  Bytes same = to_bytes(found->bytes());
  found->write(same);
  CHECK(text_of(same) == index_of_two);
  found->entries.pop_back();
  Bytes shorter = to_bytes(found->bytes());
  found->write(shorter);
  CHECK(u32(shorter, 18) == 1);   // pictures
  CHECK(u32(shorter, 26) == 16);  // bytes of entries
  CHECK(text_of(shorter).substr(54) == std::string(16, '\0'));
}

TEST_CASE("an index that is cut off is none, and one byte of damage does no harm") {
  const std::string file = file_with(index_of_two);
  for (std::size_t size = 0; size < index_of_two.size(); ++size) {
    CHECK_FALSE(MpfIndex::read(next_segment(bytes_of(file_with(index_of_two.substr(0, size))), 2).value()));
  }
  for (std::size_t at = 10; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = '\xFF';
    const auto found = MpfIndex::read(next_segment(bytes_of(damaged), 2).value());
    if (!found) continue;
    Bytes copy = to_bytes(found->bytes());
    found->write(copy);
    CHECK(copy.size() == index_of_two.size());
  }
}

}  // namespace
}  // namespace wm::container
