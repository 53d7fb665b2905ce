#include "worker/awaited_results.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("the last of the awaited results wakes, and only that") {
  std::atomic<std::uint32_t> waiting = 3;
  CHECK_FALSE(completes_awaited(waiting, false));
  CHECK_FALSE(completes_awaited(waiting, false));
  CHECK(completes_awaited(waiting, false));
  CHECK_FALSE(completes_awaited(waiting, false));
  CHECK(waiting == 0);
}

TEST_CASE("what must not wait wakes at once, if anybody waits") {
  std::atomic<std::uint32_t> waiting = 3;
  CHECK(completes_awaited(waiting, true));
  CHECK(waiting == 0);
  CHECK_FALSE(completes_awaited(waiting, true));
}

TEST_CASE("of results that come at the same time exactly one wakes") {
  constexpr unsigned workers = 4;
  constexpr unsigned each = 20'000;
  std::atomic<std::uint32_t> waiting = workers * each;
  std::atomic<unsigned> woken = 0;
  std::vector<std::jthread> threads;
  for (unsigned worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&] {
      for (unsigned i = 0; i < each; ++i) woken += completes_awaited(waiting, false) ? 1 : 0;
    });
  }
  threads.clear();
  CHECK(woken == 1);
  CHECK(waiting == 0);
}

}  // namespace
}  // namespace wm
