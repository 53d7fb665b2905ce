#include "supervisor/journal/path_index.h"

#include <stdexcept>
#include <string>

#include "tests/support/catch.h"

namespace wm {
namespace {

std::string path_of(std::int64_t row) {
  return "/pictures/" + std::to_string(row) + ".jpg";
}

TEST_CASE("rows are found by their paths, however many there are") {
  PathIndex index;
  constexpr std::int64_t count = 200'000;
  for (std::int64_t row = 1; row <= count; ++row) index.add(path_of(row), row);
  CHECK(index.size() == count);
  CHECK(index.bytes() < count * 16);
  std::size_t looks = 0;
  for (std::int64_t row = 1; row <= count; ++row) {
    const std::string path = path_of(row);
    const auto found = index.find(path, [&](std::int64_t candidate) {
      ++looks;
      return path_of(candidate) == path;
    });
    REQUIRE(found == row);
  }
  CHECK(looks < count + 100);  // few paths share 32 bits of their hash
  for (std::int64_t row = count + 1; row <= 2 * count; ++row) {
    const std::string path = path_of(row);
    REQUIRE_FALSE(index.find(path, [&](std::int64_t candidate) { return path_of(candidate) == path; }));
  }
}

TEST_CASE("a path may have several rows, each of them once") {
  PathIndex index;
  for (int time = 0; time < 3; ++time) {
    for (const std::int64_t row : {5, 7, 9}) index.add("same", row);
  }
  CHECK(index.size() == 3);
  std::vector<std::int64_t> seen;
  CHECK(index.find("same", [&](std::int64_t row) {
    seen.push_back(row);
    return row == 7;
  }) == 7);
  CHECK(seen == std::vector<std::int64_t>{5, 7});
  CHECK_FALSE(index.find("same", [](std::int64_t) { return false; }));
  CHECK_FALSE(index.find("other", [](std::int64_t) { return true; }));
}

TEST_CASE("row numbers that no journal of ours has are refused") {
  PathIndex index;
  index.add("last", 0xFFFFFFFF);
  CHECK(index.find("last", [](std::int64_t) { return true; }) == 0xFFFFFFFF);
  CHECK_THROWS_AS(index.add("a", 0), std::length_error);
  CHECK_THROWS_AS(index.add("a", -1), std::length_error);
  CHECK_THROWS_AS(index.add("a", std::int64_t{1} << 32), std::length_error);
}

}  // namespace
}  // namespace wm
