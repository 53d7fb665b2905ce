// Segments, trailers and oddities of files that have to survive.

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/checked_marking.h"
#include "worker/jpeg/huffman_code.h"

using namespace wm;
using namespace wm::test;

namespace {

const JpegRecipe with_segments{.width = 70,
                               .height = 50,
                               .segments = {{0xe1, std::string("Exif\0\0II*\0", 10)},
                                            {0xe2, std::string(60000, 'p')},
                                            {0xed, "Photoshop"},
                                            {0xfe, "a comment"}}};

std::vector<jpeg::MarkLayer> a_mark() {
  return {{disc_mark(30, 20, 3), {{19, 11}}, 0.8}};
}

/// FF FF 00 becomes FF 00.
ByteVector without_fill_bytes(const ByteVector& file) {
  ByteVector kept;
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::size_t end = at;
    while (end < file.size() && file[end] == std::byte{0xff}) ++end;
    const bool stuffed = end > at + 1 && end < file.size() && file[end] == std::byte{0};
    if (stuffed) at = end - 1;
    kept.push_back(file[at]);
  }
  return kept;
}

std::uint32_t number(jpeg::Bytes bytes, std::size_t at, ByteOrder order) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + (order == ByteOrder::little ? 3 - i : i)]);
  }
  return value;
}

}  // namespace

TEST_CASE("all bytes but those of the scan stay") {
  ByteVector file = make_jpeg(with_segments);
  file = inserted(file, file.size(), "what a camera left behind EOI \xff\xd8\xff\xe0 and more");
  const Checked checked = check_marking(jpeg::Bytes(file), a_mark());
  const std::size_t scan = checked.candidate.header.scan.data;
  CHECK(std::equal(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(scan),
                   checked.marked.bytes.begin()));
}

TEST_CASE("what comes before the first change need not be copied, unless a table or an index changes there") {
  const auto mark = [](const ByteVector& file, const jpeg::MarkLayer& layer) {
    jpeg::InPlaceMarker marker;
    const auto candidate = std::get<jpeg::Candidate>(jpeg::examine(file));
    return std::get<jpeg::MarkedJpeg>(marker.mark(file, candidate, std::span(&layer, 1)));
  };
  const JpegRecipe plain{.width = 640, .height = 480};
  const ByteVector file = make_jpeg(plain);
  const jpeg::MarkLayer at_the_end{disc_mark(40, 30, 3), {{590, 440}}, 1};

  SECTION("a mark at the end") {
    const auto marked = mark(file, at_the_end);
    CHECK(marked.kept_bytes > file.size() / 10 * 8);
    CHECK(marked.kept_bytes + marked.bytes.size() == whole(file, marked).size());
    CHECK(decodes_without_warning(whole(file, marked)));
  }
  SECTION("a mark that changes nothing") {
    const auto marked = mark(file, {disc_mark(40, 30, 3), {{590, 440}}, 0});
    CHECK(marked.kept_bytes == file.size());
    CHECK(marked.bytes.empty());
    CHECK(whole(file, marked) == file);
  }
  SECTION("an index of several pictures") {
    JpegRecipe recipe = plain;
    recipe.segments = {{0xe2, multi_picture_index({{}, {}}, ByteOrder::little)}};
    CHECK(mark(make_jpeg(recipe), at_the_end).kept_bytes == 0);
  }
  SECTION("new codes") {
    const JpegRecipe recipe{.width = 64, .height = 64, .optimised = true, .flat = true};
    const auto marked = mark(make_jpeg(recipe), {plain_mark(40, 40, 3, 200), {{10, 10}}, 0.5});
    CHECK(marked.path == jpeg::Path::splice);
    CHECK(marked.added_codes > 0);
    CHECK(marked.kept_bytes == 0);
  }
}

TEST_CASE("fill bytes before markers stay") {
  ByteVector file = make_jpeg({.restart_interval = 2});
  const jpeg::Header header = jpeg::read_header(file);
  // From the last to the first, so that positions stay right.
  file = inserted(file, file.size() - 2, "\xff\xff");
  std::size_t restart = header.scan.data;
  while (file[restart] != std::byte{0xff} || file[restart + 1] != std::byte{0xd0}) ++restart;
  file = inserted(file, restart, "\xff\xff\xff");
  file = inserted(file, header.segments[1].begin, "\xff");
  const ByteVector marked = mark_or_fail(file, {{plain_mark(9, 9, 3, 255), {{40, 40}}, 1}}).bytes;
  CHECK(std::equal(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(restart + 5), marked.begin()));
  CHECK(std::equal(file.end() - 4, file.end(), marked.end() - 4));
  CHECK(decodes_without_warning(marked));
}

TEST_CASE("fill bytes before a stuffed zero stay, and nothing after them is lost or doubled") {
  for (const unsigned interval : {0U, 40U}) {
    const ByteVector plain =
        make_jpeg({.width = 640, .height = 480, .quality = 95, .restart_interval = interval});
    ByteVector filled = plain;
    const std::size_t data = jpeg::read_header(plain).scan.data;
    std::size_t places = 0;
    std::size_t last = 0;
    // From the last to the first, so that positions stay right.
    for (std::size_t at = plain.size() / 2; at > data; --at) {
      if (filled[at] != std::byte{0xff} || filled[at + 1] != std::byte{0}) continue;
      const std::string fill(places % 3, '\xff');
      filled = inserted(filled, at, fill);
      last = std::max(last, at) + fill.size();
      ++places;
    }
    REQUIRE(places > 100);

    const std::vector<jpeg::MarkLayer> marks{{disc_mark(60, 50, 3), {{400, 390}}, 0.8}};
    const ByteVector expected = mark_or_fail(plain, marks).bytes;
    // Windows whose ends lie anywhere.
    for (const std::size_t window : {std::size_t{8192}, std::size_t{10007}, std::size_t{1} << 18}) {
      jpeg::InPlaceMarker marker({}, std::size_t{1} << 20, {.window_bytes = window});
      const auto examined = jpeg::examine(filled);
      const auto result = marker.mark(filled, std::get<jpeg::Candidate>(examined), marks);
      const ByteVector marked = whole(filled, std::get<jpeg::MarkedJpeg>(result));
      CHECK(std::equal(filled.begin(), filled.begin() + static_cast<std::ptrdiff_t>(last), marked.begin()));
      CHECK(without_fill_bytes(marked) == expected);
      CHECK(decodes_without_warning(marked));
    }
  }
}

TEST_CASE("restart intervals that no mark touches stay byte for byte") {
  const ByteVector file = make_jpeg({.width = 64, .height = 64, .restart_interval = 4});
  // Rows of 4 MCUs are intervals; the mark lies in the last one.
  const ByteVector marked = mark_or_fail(file, {{plain_mark(9, 9, 3, 255), {{20, 52}}, 1}}).bytes;
  std::size_t last = file.size();
  while (file[last - 2] != std::byte{0xff} || file[last - 1] != std::byte{0xd2}) --last;
  CHECK(std::equal(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(last), marked.begin()));
  CHECK(file != marked);
}

TEST_CASE("the index of several pictures follows the new length, in both byte orders and on both paths") {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    for (const Scans scans : {Scans::one, Scans::progressive}) {
      JpegRecipe recipe{.scans = scans, .segments = {{0xe2, multi_picture_index({{}, {}}, order)}}};
      const std::size_t first = make_jpeg(recipe).size();
      const jpeg::Header header = jpeg::read_header(make_jpeg(recipe));
      std::size_t index = 0;
      while (header.segments[index].marker != 0xe2) ++index;
      const std::size_t base = header.segments[index].payload + 4;
      const ByteVector second = make_jpeg({.width = 16, .height = 16});
      recipe.segments[0].second = multi_picture_index({{.size = static_cast<std::uint32_t>(first)},
                                                       {.size = static_cast<std::uint32_t>(second.size()),
                                                        .offset = static_cast<std::uint32_t>(first - base)}},
                                                      order);
      ByteVector file = make_jpeg(recipe);
      file.insert(file.end(), second.begin(), second.end());

      const ByteVector marked = mark_or_fail(file, {{disc_mark(40, 30, 3), {{10, 10}}, 1}}).bytes;
      REQUIRE(marked.size() != file.size());
      const std::size_t content = base - 4;
      CHECK(number(marked, content + 34, order) == marked.size() - second.size());
      CHECK(number(marked, content + 38, order) == 0);
      CHECK(number(marked, content + 50, order) == second.size());
      const std::size_t offset = base + number(marked, content + 54, order);
      REQUIRE(offset + second.size() == marked.size());
      CHECK(std::equal(second.begin(), second.end(), marked.begin() + static_cast<std::ptrdiff_t>(offset)));
    }
  }
}

TEST_CASE("an index that makes no sense stays as it is") {
  const std::string index = multi_picture_index(
      {{.size = 0xfffffff0, .offset = 5}, {.size = 9, .offset = 0x7fffffff}}, ByteOrder::little);
  for (std::size_t length = 3; length <= index.size(); length += 7) {
    const JpegRecipe recipe{.segments = {{0xe2, index.substr(0, length)}}};
    check_marking(recipe, {{disc_mark(40, 30, 3), {{10, 10}}, 1}});
  }
}

TEST_CASE("a code that an optimised table lacks is added; the path stays the splice") {
  // A picture of one colour has hardly any codes.
  const JpegRecipe recipe{.width = 64, .height = 64, .optimised = true, .flat = true};
  const Checked checked = check_marking(recipe, {{plain_mark(40, 40, 3, 200), {{10, 10}}, 0.5}});
  CHECK(checked.marked.path == jpeg::Path::splice);
  CHECK(checked.marked.added_codes > 3);
  CHECK(decodes_without_warning(checked.marked.bytes));
}

TEST_CASE("a picture that would grow much gets tables made for the mark as well") {
  const bool optimised = GENERATE(false, true);
  const unsigned restart = GENERATE(0U, 3U);
  const ByteVector file = make_jpeg({.width = 64,
                                     .height = 64,
                                     .quality = 96,
                                     .restart_interval = restart,
                                     .optimised = optimised,
                                     .flat = true});
  const std::vector<jpeg::MarkLayer> layers{{disc_mark(40, 40, 3), {{10, 10}}, 1}};
  const jpeg::MarkedJpeg marked = mark_or_fail(file, layers);
  CHECK(marked.path == jpeg::Path::coefficients);
  CHECK(marked.added_codes == 0);
  CHECK(jpeg::read_header(marked.bytes).restart_interval == restart);
  CHECK(decodes_without_warning(marked.bytes));

  SECTION("but not when its coefficients take more memory than they may") {
    const jpeg::Limits limits{.coefficient_bytes = 1};
    const auto candidate = std::get<jpeg::Candidate>(jpeg::examine(file, limits));
    const auto result = jpeg::InPlaceMarker(limits).mark(file, candidate, layers);
    REQUIRE(std::holds_alternative<jpeg::MarkedJpeg>(result));
    CHECK(std::get<jpeg::MarkedJpeg>(result).path == jpeg::Path::splice);
    CHECK(whole(file, std::get<jpeg::MarkedJpeg>(result)).size() > marked.bytes.size());
  }
}

TEST_CASE("an optimised table that is full gets codes by making the longest ones longer") {
  for (const unsigned restart : {0U, 5U}) {
    JpegRecipe recipe{.width = 512,
                      .height = 512,
                      .components = 1,
                      .quality = 50,
                      .restart_interval = restart,
                      .optimised = true};
    const auto longest_codes = [&recipe] {
      const ByteVector file = make_jpeg(recipe);
      return jpeg::read_header(file).ac[0]->counts[16];
    };
    while (longest_codes() == 0) ++recipe.seed;
    const ByteVector file = make_jpeg(recipe);
    const Checked checked = check_marking(jpeg::Bytes(file), {{disc_mark(60, 60, 1), {{101, 77}}, 1}});
    CHECK(checked.marked.path == jpeg::Path::splice);
    CHECK(checked.marked.added_codes > 0);
    CHECK(decodes_without_warning(checked.marked.bytes));
    const jpeg::Header before = jpeg::read_header(file);
    const jpeg::Header after = jpeg::read_header(checked.marked.bytes);
    CHECK(after.ac[0]->counts[16] > before.ac[0]->counts[16] + checked.marked.added_codes);
    // The short codes, which nearly all of the scan has, are those of the file.
    const auto first_codes = [](const jpeg::Header& header) {
      std::vector<jpeg::Code> codes = jpeg::codes_of(*header.ac[0]);
      codes.resize(static_cast<std::size_t>(std::count_if(
          codes.begin(), codes.end(), [](const jpeg::Code& code) { return code.length <= 8; })));
      std::vector<std::uint32_t> found;
      for (const jpeg::Code& code : codes) found.push_back(std::uint32_t{code.bits} << 8U | code.symbol);
      return found;
    };
    CHECK(first_codes(before) == first_codes(after));
    CHECK(first_codes(before).size() > 5);
  }
}

TEST_CASE("marking twice is the same as marking with two layers but for rounding") {
  const ByteVector file = make_jpeg(with_segments);
  const ByteVector once = mark_or_fail(file, a_mark()).bytes;
  check_marking(jpeg::Bytes(once), {{plain_mark(10, 10, 3, 128), {{20, 15}}, 0.5}});
}
