#include "supervisor/ownership/owner_verdict.h"

#include <cstdlib>

#include "common/kill_point/kill_point.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

OwnerVerdict verdict(OwnerProcess process, bool lock_decides, std::chrono::nanoseconds untouched) {
  return verdict_on(
      {.exists = true, .process = process, .lock_decides = lock_decides, .untouched = untouched},
      OwnerTimes{});
}

TEST_CASE("who may take a job over, and when") {
  CHECK(verdict_on({}, OwnerTimes{}) == OwnerVerdict::none);

  // A process that is gone is gone, whatever its file's time says.
  for (const auto untouched : {-1h, 0h, 1h}) {
    CHECK(verdict(OwnerProcess::gone, false, untouched) == OwnerVerdict::dead);
    CHECK(verdict(OwnerProcess::gone, true, untouched) == OwnerVerdict::dead);
  }
  // On a file system of this machine alone, who has the lock knows that no other process has it.
  CHECK(verdict(OwnerProcess::unknown, true, 0s) == OwnerVerdict::dead);
  CHECK(verdict(OwnerProcess::unknown, true, 1h) == OwnerVerdict::dead);
  // But a process that is seen alive has lost its lock in some other way.
  CHECK(verdict(OwnerProcess::alive, true, 0s) == OwnerVerdict::alive);

  // Elsewhere only time tells.
  for (const auto process : {OwnerProcess::unknown, OwnerProcess::alive}) {
    CHECK(verdict(process, false, -1h) == OwnerVerdict::alive);
    CHECK(verdict(process, false, 0s) == OwnerVerdict::alive);
    CHECK(verdict(process, false, 119s) == OwnerVerdict::alive);
    CHECK(verdict(process, false, 120s) == OwnerVerdict::timed_out);
  }
}

TEST_CASE("an owner stops, and its workers do, before others may take over") {
  const OwnerTimes times;
  CHECK(3 * times.touch <= times.trust);
  CHECK(times.trust + 30s <= times.publish);
  CHECK(times.trust + times.touch + 20s <= times.publish);  // one that hangs is ended
  CHECK(times.publish + 30s <= times.time_out);
  CHECK(2 * times.touch < times.second_look);
}

TEST_CASE("times for tests are never zero") {
  for (const char* const milliseconds : {"0", "-5", "x", ""}) {
    CAPTURE(milliseconds);
    ::setenv("WM_OWNER_SECOND_MS", milliseconds, 1);  // NOLINT(concurrency-mt-unsafe)
    CHECK(owner_times().touch == OwnerTimes{}.touch);
  }
  ::setenv("WM_OWNER_SECOND_MS", "100", 1);  // NOLINT(concurrency-mt-unsafe)
  CHECK(owner_times().touch == (with_kill_points ? 1s : 10s));
  ::unsetenv("WM_OWNER_SECOND_MS");  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace
}  // namespace wm
