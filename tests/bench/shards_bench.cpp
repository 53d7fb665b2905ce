// Makes the journals of a job with many shards, for `wm-supervisor report merge`:
// wm-shards-bench JOB_DIR [SHARDS [INPUTS]] (1,000 shards with a million inputs together).

#include <cstdlib>

#include <fmt/format.h>

#include "tests/support/shard_journals.h"

int main(int argc, char* argv[]) {
  if (argc < 2) {
    fmt::print(stderr, "usage: wm-shards-bench JOB_DIR [SHARDS [INPUTS]]\n");
    return 2;
  }
  const auto number = [&](int at, unsigned long otherwise) {
    return static_cast<std::uint32_t>(argc > at ? std::strtoul(argv[at], nullptr, 10) : otherwise);
  };
  const wm::test::ShardJournals wanted{.shards = number(2, 1000),
                                       .inputs = number(3, 1'000'000),
                                       .failing_each = 100,
                                       .quarantined_each = 10'000};
  wm::test::make_shard_journals(argv[1], wanted);
  return 0;
}
