#include "supervisor/ownership/owner_watchdog.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/wait_until.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("silence begins with the first touch, and any touch ends it") {
  SilenceCounter counter(2);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(counter.look(0));  // the job is not taken yet
  CHECK_FALSE(counter.look(1));
  CHECK_FALSE(counter.look(1));
  CHECK_FALSE(counter.look(1));
  CHECK_FALSE(counter.look(3));
  CHECK_FALSE(counter.look(3));
  CHECK_FALSE(counter.look(3));
  CHECK(counter.look(3));
}

TEST_CASE("the watchdog reports that the owner's file is not touched any more, once") {
  std::atomic<std::uint64_t> touches{0};
  std::atomic<int> reports{0};
  const OwnerTimes times{.touch = 10ms, .trust = 20ms};
  {
    const OwnerWatchdog watchdog(times, touches, [&] { ++reports; });
    touches = 1;
    CHECK(test::wait_until([&] { return reports > 0; }));
  }
  CHECK(reports == 1);
}

TEST_CASE("the watchdog says nothing before the job is taken") {
  const std::atomic<std::uint64_t> touches{0};
  std::atomic<int> reports{0};
  {
    const OwnerWatchdog watchdog({.touch = 10ms, .trust = 20ms}, touches, [&] { ++reports; });
    std::this_thread::sleep_for(500ms);
  }
  CHECK(reports == 0);
}

TEST_CASE("a watchdog can be ended at any time, whether the job was taken or not") {
  const std::atomic<std::uint64_t> touches{GENERATE(std::uint64_t{0}, std::uint64_t{1})};
  const OwnerTimes times{.touch = 1000h, .trust = 6000h};  // else the test would hang
  const OwnerWatchdog watchdog(times, touches, [] { FAIL("no time has passed"); });
}

}  // namespace
}  // namespace wm
