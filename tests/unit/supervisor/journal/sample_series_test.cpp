#include "supervisor/journal/sample_series.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/catch.h"

namespace wm {
namespace {

/// The times that are kept when a run asks every 100 ms.
std::set<std::int64_t> kept_after(std::int64_t duration_ms, std::size_t& most) {
  SampleSeries series;
  std::set<std::int64_t> kept;
  for (std::int64_t now = 0; now <= duration_ms; now += 100) {
    if (!series.is_due(now)) continue;
    for (const std::int64_t time : series.add(now)) kept.erase(time);
    kept.insert(now);
    most = std::max(most, kept.size());
  }
  return kept;
}

TEST_CASE("a short run has several samples, a long one has no more than allowed, evenly spread") {
  std::size_t most = 0;
  CHECK(kept_after(1000, most) == std::set<std::int64_t>{0, 100, 200, 400, 800});
  CHECK(kept_after(10'000, most).size() == 14);
  most = 0;
  for (const std::int64_t hours : {1, 10, 100}) {
    const auto kept = kept_after(hours * 3'600'000, most);
    CAPTURE(hours, kept.size());
    CHECK(kept.size() > most_samples_of_run / 2 - 2);
    // The last one is recent, and no gap is longer than twice the usual one.
    const std::int64_t usual = hours * 3'600'000 / static_cast<std::int64_t>(most_samples_of_run);
    CHECK(hours * 3'600'000 - *kept.rbegin() <= 3 * usual);
    std::int64_t before = 0;
    for (const std::int64_t time : kept) {
      CHECK(time - before <= 4 * usual);
      before = time;
    }
  }
  CHECK(most < most_samples_of_run);
}

TEST_CASE("when the clock goes back, samples of times to come are dropped") {
  SampleSeries series;
  for (const std::int64_t time : {0, 100, 200, 9000}) CHECK(series.add(time).empty());
  CHECK(series.is_due(300));
  CHECK(series.add(300) == std::vector<std::int64_t>{9000});
  CHECK_FALSE(series.is_due(301));
  CHECK(series.add(300).empty());  // replaces the other
}

std::map<std::int64_t, std::size_t> thinned(const std::vector<SampleCount>& runs, std::size_t most) {
  std::map<std::int64_t, std::size_t> result;
  for (const auto& [run, keep_every] : thin_out(runs, most)) result[run] = keep_every;
  return result;
}

TEST_CASE("earlier runs are thinned where there is most, and the oldest go first") {
  using Map = std::map<std::int64_t, std::size_t>;
  CHECK(thinned({{1, 500}, {2, 400}}, 1000).empty());
  CHECK(thinned({{1, 1000}, {2, 3}}, 1000) == Map{{1, 2}});
  CHECK(thinned({{1, 10}, {2, 10}}, 15) == Map{{1, 2}});
  CHECK(thinned({{1, 10}, {2, 10}}, 10) == Map{{1, 2}, {2, 2}});
  CHECK(thinned({{1, 1}, {2, 1}, {3, 1}}, 2) == Map{{1, 0}});
  CHECK(thinned({{1, 4}, {2, 1}}, 0) == Map{{1, 0}, {2, 0}});
  // A journal may say anything.
  std::vector<SampleCount> many;
  for (std::int64_t run = 0; run < 100'000; ++run) many.push_back({run, 3});
  CHECK(thin_out(many, most_earlier_samples).size() == many.size());
}

}  // namespace
}  // namespace wm
