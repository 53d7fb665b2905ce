// The oracle is the definition: which positions of a stream were chosen, and how far apart they are.

#include "supervisor/preview/even_choice.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace wm {
namespace {

std::vector<int> chosen(std::size_t count, int length) {
  EvenChoice<int> choice(count);
  for (int i = 0; i < length; ++i) choice.offer(i);
  CHECK(choice.offered() == static_cast<std::uint64_t>(length));
  return std::move(choice).take();
}

TEST_CASE("of no more items than are wanted all are chosen, in order") {
  CHECK(chosen(5, 0).empty());
  CHECK(chosen(1, 1) == std::vector{0});
  CHECK(chosen(5, 3) == std::vector{0, 1, 2});
  CHECK(chosen(5, 5) == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("of a few more the first, the last and those evenly between them are chosen") {
  CHECK(chosen(3, 5) == std::vector{0, 2, 4});
  CHECK(chosen(2, 9) == std::vector{0, 8});
  CHECK(chosen(5, 9) == std::vector{0, 2, 4, 6, 8});
  CHECK(chosen(4, 5) == std::vector{0, 1, 3, 4});
}

TEST_CASE("however long the stream is, as many are chosen as are wanted, at nearly equal distances") {
  for (const std::size_t count : {1U, 2U, 3U, 7U, 9U, 16U, 100U}) {
    for (const int length : {101, 160, 161, 1000, 1601, 12'345, 100'000}) {
      CAPTURE(count, length);
      const std::vector<int> positions = chosen(count, length);
      REQUIRE(positions.size() == count);
      CHECK(positions.front() == 0);
      if (count == 1) continue;
      const double distance = static_cast<double>(length - 1) / static_cast<double>(count - 1);
      for (std::size_t i = 0; i < count; ++i) {
        // The last kept item may be missed, and each is rounded to a kept one.
        CHECK(std::abs(positions[i] - static_cast<double>(i) * distance) <= 0.25 * distance + 1);
      }
      CHECK(std::adjacent_find(positions.begin(), positions.end(), std::greater_equal<>()) ==
            positions.end());
    }
  }
}

}  // namespace
}  // namespace wm
