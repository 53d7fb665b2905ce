#include "worker/jpeg/lanes/lane_tables.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/lanes/opened_scan.h"

using namespace wm;
using namespace wm::test;

namespace {

bool are_equal(const jpeg::LaneEntries& a, const jpeg::LaneEntries& b) {
  const auto same_places = [](const auto& x, const auto& y) {
    return x.start == y.start && x.middle == y.middle;
  };
  return a.words == b.words && std::ranges::equal(a.components, b.components, same_places);
}

}  // namespace

TEST_CASE("entries are kept for files with the same tables, and made anew for others") {
  const OpenedScan standard(make_jpeg({.quality = 60, .seed = 1}));
  const OpenedScan same_tables(make_jpeg({.width = 200, .quality = 90, .seed = 2}));
  const OpenedScan optimised(make_jpeg({.optimised = true, .seed = 3}));
  const OpenedScan grey(make_jpeg({.components = 1, .sampling = {{{1, 1}}}, .seed = 4}));

  jpeg::LaneEntryCache cache;
  const auto first = cache.get(standard.header);
  CHECK(cache.get(same_tables.header) == first);
  for (const OpenedScan* other : {&optimised, &grey, &standard}) {
    const auto entries = cache.get(other->header);
    CHECK(entries != first);
    CHECK(are_equal(*entries, jpeg::make_lane_entries(other->header)));
    CHECK(cache.get(other->header) == entries);
  }
  CHECK_FALSE(are_equal(*cache.get(optimised.header), *first));
}

TEST_CASE("a table that is no code leaves the entries that are kept alone") {
  const OpenedScan standard(make_jpeg({.seed = 1}));
  jpeg::LaneEntryCache cache;
  const auto kept = cache.get(standard.header);
  jpeg::Header broken = standard.header;
  broken.ac[0]->counts[1] = 3;  // of two codes of one bit
  CHECK_THROWS_AS(cache.get(broken), jpeg::DamagedJpeg);
  CHECK(cache.get(standard.header) == kept);
}
