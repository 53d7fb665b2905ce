#include "supervisor/dispatch/latency_histogram.h"

#include <cstdint>
#include <vector>

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("a histogram can be put together again from its buckets") {
  LatencyHistogram original;
  for (std::uint64_t value : {0ULL, 1ULL, 15ULL, 16ULL, 17ULL, 1000ULL, 123'456'789ULL, 1ULL << 50U}) {
    original.add(value);
    original.add(value);
  }
  LatencyHistogram copy;
  std::uint64_t before = 0;
  original.for_each_bucket([&](const LatencyHistogram::Bucket& bucket) {
    CHECK((bucket.from == 0 || bucket.from > before));
    before = bucket.from;
    CHECK(bucket.count >= 2);
    CHECK(bucket.from * bucket.count <= bucket.total);
    // The bucket is at most 1/16 wide.
    CHECK(bucket.total / bucket.count <= bucket.from + bucket.from / 16);
    copy.add(bucket);
  });
  CHECK(copy.count() == original.count());
  CHECK(copy.total() == original.total());
  for (const double fraction : {0.0, 0.3, 0.5, 0.9, 1.0})
    CHECK(copy.quantile(fraction) == original.quantile(fraction));
  copy.add(original);
  CHECK(copy.count() == 2 * original.count());
  CHECK(copy.mean_s() == original.mean_s());
}

}  // namespace
}  // namespace wm
