#include "worker/container/jpeg_segments.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/bytes_of.h"

namespace wm::container {
namespace {

using namespace std::string_literals;
using test::bytes_of;

const std::string soi = "\xFF\xD8", eoi = "\xFF\xD9", comment_segment = "\xFF\xFE\0\5abc"s;

TEST_CASE("fill bytes, stuffed zeros and stray bytes come before a segment") {
  for (const std::string& before : {""s, "\xFF\xFF"s, "stray"s, "\xFF\0"s, "\xFF\xFF\0x"s}) {
    CAPTURE(before);
    const std::string file = before + comment_segment;
    const auto segment = next_segment(bytes_of(file), 0);
    REQUIRE(segment);
    CHECK(segment->marker == marker::com);
    CHECK(segment->range.begin == before.size());
    CHECK(segment->range.end == file.size());
    CHECK(text_of(segment->payload) == "abc");
    CHECK(segment->complete);
  }
  CHECK(next_marker(bytes_of("ab\xFF\xFF\xDA"s), 0) == 2);
}

TEST_CASE("markers without a length stand alone") {
  for (const char code : {'\xD0', '\xD7', '\xD8', '\xD9', '\x01', '\x02'}) {
    const std::string file = "\xFF"s + code + "\0\0"s;
    const auto segment = next_segment(bytes_of(file), 0);
    REQUIRE(segment);
    CHECK(segment->range.end == 2);
    CHECK(segment->complete);
  }
}

TEST_CASE("a segment that cannot be is not complete") {
  for (const std::string& file : {"\xFF\xE1"s, "\xFF\xE1\0"s, "\xFF\xE1\0\1x"s, "\xFF\xE1\0\6abc"s}) {
    CAPTURE(file.size());
    const auto segment = next_segment(bytes_of(file), 0);
    REQUIRE(segment);
    CHECK_FALSE(segment->complete);
  }
  for (const std::string& file : {""s, "\xFF"s, "\xFF\xFF"s, "\xFF\0"s, "abc"s}) {
    CHECK_FALSE(next_segment(bytes_of(file), 0));
    CHECK(next_marker(bytes_of(file), 0) == file.size());
  }
}

TEST_CASE("a scan ends at a marker that is no restart") {
  const std::string data = "a\xFF\0b\xFF\xD0"s + "c\xFF\xD7"s;
  CHECK(end_of_scan(bytes_of(data + "\xFF\xFF\xD9"), 0) == data.size());
  CHECK(next_marker(bytes_of(data), 0) == 4);
  CHECK(end_of_scan(bytes_of(data), 0) == data.size());
}

TEST_CASE("the segments of a file are listed up to EOI, also between scans") {
  const std::string scan = "\xFF\xDA\0\3x"s + "data\xFF\0\xFF\xD0"s;
  const std::string file = soi + comment_segment + scan + comment_segment + eoi;
  const auto segments = read_jpeg_segments(bytes_of(file + "after" + comment_segment));
  REQUIRE(segments);
  CHECK(segments->segments.size() == 3);
  CHECK(segments->end == file.size());
  const std::string cut = soi + comment_segment + "\xFF\xE1\1\1x";
  CHECK(read_jpeg_segments(bytes_of(cut))->segments.size() == 1);
  CHECK(read_jpeg_segments(bytes_of(cut))->end == cut.size());
  CHECK_FALSE(read_jpeg_segments(bytes_of("GIF89a")));
}

}  // namespace
}  // namespace wm::container
