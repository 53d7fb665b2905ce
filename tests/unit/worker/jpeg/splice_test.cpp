// Files of every sampling, restart interval, table and size, marked in place, against what libjpeg reads.

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/checked_marking.h"

using namespace wm;
using namespace wm::test;

namespace {

using Sampling = std::array<std::pair<int, int>, 3>;

constexpr Sampling s444{{{1, 1}, {1, 1}, {1, 1}}}, s422{{{2, 1}, {1, 1}, {1, 1}}},
    s420{{{2, 2}, {1, 1}, {1, 1}}};
constexpr Sampling s411{{{4, 1}, {1, 1}, {1, 1}}}, s440{{{1, 2}, {1, 1}, {1, 1}}},
    s410{{{4, 2}, {1, 1}, {1, 1}}};
constexpr Sampling third{{{3, 1}, {1, 1}, {1, 1}}}, mixed{{{2, 2}, {2, 1}, {1, 2}}},
    chroma_finer{{{1, 1}, {2, 1}, {1, 2}}};
constexpr std::array all_samplings{s444, s422, s420, s411, s440, s410, third, mixed, chroma_finer};

}  // namespace

TEST_CASE(
    "every sampling, restart interval and kind of table: only the touched MCUs change, and as they should") {
  unsigned seed = 0;
  for (const Sampling& sampling : all_samplings) {
    for (const unsigned restart : {0U, 1U, 2U, 5U, 9U}) {
      for (const bool optimised : {false, true}) {
        const JpegRecipe recipe{.width = 83,
                                .height = 59,
                                .sampling = sampling,
                                .restart_interval = restart,
                                .optimised = optimised,
                                .seed = ++seed};
        const Checked checked = check_marking(recipe, {{disc_mark(29, 23, 3), {{31, 18}}, 0.7}});
        CHECK(checked.marked.path == jpeg::Path::splice);
      }
    }
  }
}

TEST_CASE("every size around the borders of MCUs") {
  unsigned seed = 100;
  for (const Sampling& sampling : {s444, s420, s422}) {
    for (const int width : {1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 63, 64, 65, 70}) {
      for (const int height : {1, 8, 9, 16, 17, 70}) {
        const JpegRecipe recipe{.width = width, .height = height, .sampling = sampling, .seed = ++seed};
        check_marking(recipe, {{disc_mark(12, 11, 3), {{width - 9, height - 8}}, 0.6}});
      }
    }
  }
}

TEST_CASE(
    "every width and height from 1 to 70 in every sampling, with and without restarts and usual tables") {
  unsigned seed = 1000;
  for (const Sampling& sampling : all_samplings) {
    for (int width = 1; width <= 70; ++width) {
      ++seed;
      // 37 and 70 have no common divisor, so heights are all met as well.
      const JpegRecipe recipe{.width = width,
                              .height = 1 + static_cast<int>(seed * 37 % 70),
                              .sampling = sampling,
                              .restart_interval = seed % 4,
                              .optimised = seed % 3 == 0,
                              .seed = seed};
      check_marking(recipe, {{disc_mark(18, 14, 3), {{width - 13, recipe.height - 10}}, 0.7}});
    }
  }
}

TEST_CASE("every position, inside, across each edge and outside") {
  const JpegRecipe recipe{.width = 61, .height = 45, .restart_interval = 3};
  for (const int x : {-40, -20, -13, -1, 0, 1, 7, 8, 15, 16, 17, 30, 48, 51, 60, 61, 2000000000}) {
    for (const int y : {-2000000000, -11, 0, 5, 16, 31, 40, 45}) {
      check_marking(recipe, {{disc_mark(21, 13, 3), {{x, y}}, 0.8}});
    }
  }
}

TEST_CASE("grey pictures take the mark's luma") {
  for (const unsigned restart : {0U, 1U, 4U}) {
    for (const int width : {1, 8, 9, 40, 70}) {
      const JpegRecipe recipe{.width = width,
                              .height = 37,
                              .components = 1,
                              .sampling = {{{width == 40 ? 2 : 1, 1}, {1, 1}, {1, 1}}},
                              .restart_interval = restart};
      check_marking(recipe, {{disc_mark(17, 17, 1), {{width / 2, 9}}, 0.5}});
    }
  }
}

TEST_CASE("pictures of R, G and B components are blended as such") {
  const JpegRecipe recipe{.width = 50, .height = 50, .sampling = s444, .rgb_inside = true};
  const Checked checked = check_marking(recipe, {{disc_mark(30, 30, 3), {{11, 13}}, 0.9}});
  CHECK(checked.candidate.colours == jpeg::ColourModel::rgb);
}

TEST_CASE("qualities from the worst to the best") {
  for (const int quality : {1, 10, 30, 50, 75, 90, 95, 99, 100}) {
    const JpegRecipe recipe{.width = 90, .height = 70, .quality = quality};
    check_marking(recipe, {{disc_mark(60, 40, 3), {{11, 13}}, 0.5}});
  }
}

TEST_CASE("layers go over each other in their order, and a tiled mark lies at all of its positions") {
  const JpegRecipe recipe{.width = 120, .height = 100};
  std::vector<Point> tiles;
  for (int y = -7; y < 100; y += 19) {
    for (int x = -5; x < 120; x += 23) tiles.push_back({x, y});
  }
  const jpeg::MarkLayer tiled{disc_mark(20, 15, 3), tiles, 0.4};
  const jpeg::MarkLayer above{plain_mark(40, 30, 3, 255), {{30, 20}}, 1.0};
  const Checked one = check_marking(recipe, {tiled, above});
  const Checked other = check_marking(recipe, {above, tiled});
  CHECK(one.marked.bytes != other.marked.bytes);
}

TEST_CASE("a mark of which nothing is seen leaves the file as it is") {
  const ByteVector file = make_jpeg({.segments = {{0xfe, "a comment"}}});
  for (const jpeg::MarkLayer& layer :
       {jpeg::MarkLayer{disc_mark(10, 10, 3), {{500, 10}}, 1},
        jpeg::MarkLayer{disc_mark(10, 10, 3), {{5, 10}}, 0}, jpeg::MarkLayer{disc_mark(10, 10, 3), {}, 1},
        jpeg::MarkLayer{plain_mark(10, 10, 3, 0), {{9, 9}}, 1}}) {
    CHECK(mark_or_fail(file, {layer}).bytes == file);
  }
}

TEST_CASE("blocks that an MCU has beyond the picture's edge stay as they are") {
  // 4:2:0, one pixel beyond a whole MCU: the last luma blocks of the last MCUs are not the picture's.
  const JpegRecipe recipe{.width = 33, .height = 33};
  const Checked checked = check_marking(recipe, {{plain_mark(40, 40, 3, 200), {{-2, -2}}, 1}});
  const OracleComponent& before = checked.source.components[0];
  const OracleComponent& after = checked.result.components[0];
  REQUIRE(before.columns == 6);
  for (int row = 0; row < before.rows; ++row) CHECK(before.block(5, row) == after.block(5, row));
  CHECK(before.block(4, 2) != after.block(4, 2));
}
