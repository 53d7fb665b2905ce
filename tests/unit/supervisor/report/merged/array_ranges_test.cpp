#include "supervisor/report/merged/array_ranges.h"

#include <vector>

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("numbers of shards are compressed as Slurm takes them") {
  const auto text = [](const std::vector<std::uint32_t>& numbers) {
    ArrayRanges ranges;
    for (const std::uint32_t number : numbers) ranges.add(number);
    return ranges.text();
  };
  CHECK(text({}).empty());
  CHECK(text({7}) == "7");
  CHECK(text({7, 12}) == "7,12");
  CHECK(text({1, 2}) == "1-2");
  CHECK(text({3, 7, 8, 9}) == "3,7-9");
  CHECK(text({1, 2, 3, 5, 6, 8, 1'000'000}) == "1-3,5-6,8,1000000");
}

TEST_CASE("ranges join what they touch, and may be empty") {
  ArrayRanges ranges;
  ranges.add(1, 0);
  CHECK(ranges.empty());
  ranges.add(2, 4);
  ranges.add(5);
  ranges.add(6, 5);
  ranges.add(7, 1'000'000);
  CHECK(ranges.text() == "2-5,7-1000000");
}

}  // namespace
}  // namespace wm
