#include <csignal>

#include "supervisor/pool/cpu_budget.h"
#include "supervisor/pool/death_words.h"
#include "supervisor/pool/idle_policy.h"
#include "supervisor/pool/restart_policy.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the first death of every worker costs no pause, then pauses double until the job stops") {
  RestartPolicy policy(2);
  CHECK(policy.on_death() == 0ms);
  CHECK(policy.on_death() == 0ms);
  CHECK(policy.on_death() == 100ms);
  CHECK(policy.on_death() == 100ms);
  CHECK(policy.on_death() == 200ms);
  std::optional<RestartPolicy::Duration> last = 0ms;
  std::optional<RestartPolicy::Duration> longest;
  while (last) {
    longest = last;
    last = policy.on_death();
    REQUIRE(policy.deaths_without_success() < 100);
  }
  CHECK(*longest == 25'600ms);
}

TEST_CASE("kills from outside bring no pause, but not without end") {
  RestartPolicy policy(2);
  for (unsigned i = 0; i < 2 * RestartPolicy::outside_kills_per_worker; ++i)
    CHECK(policy.on_outside_kill() == 0ms);
  CHECK_FALSE(policy.on_outside_kill());
  policy.on_success();
  CHECK(policy.on_outside_kill() == 0ms);
  CHECK(policy.on_death() == 0ms);
}

TEST_CASE("one success forgives all deaths") {
  RestartPolicy policy(1);
  for (int i = 0; i < 5; ++i) CHECK(policy.on_death());
  policy.on_success();
  CHECK(policy.on_death() == 0ms);
}

TEST_CASE("a worker without a task hangs when it leaves tasks lying for too long") {
  const IdlePolicy::Clock::time_point start{};
  IdlePolicy policy(2);
  CHECK_FALSE(policy.hangs(0, start, 60s));
  CHECK_FALSE(policy.hangs(0, start + 4s, 60s));
  CHECK_FALSE(policy.hangs(1, start + 5s, 60s));  // each worker for itself
  CHECK(policy.hangs(0, start + 5s, 60s));
  policy.excuse(0);
  CHECK_FALSE(policy.hangs(0, start + 6s, 60s));
  CHECK_FALSE(policy.hangs(0, start + 7s, 100ms));  // time to look again is always given
  CHECK(policy.hangs(0, start + 8s, 100ms));
}

TEST_CASE("a cgroup's quota is rounded up to whole CPUs") {
  CHECK(cpus_of_quota("150000 100000") == 2U);
  CHECK(cpus_of_quota("50000 100000") == 1U);
  CHECK(cpus_of_quota("400000 100000") == 4U);
  CHECK_FALSE(cpus_of_quota("max 100000"));
  CHECK_FALSE(cpus_of_quota("-1 100000"));
  CHECK_FALSE(cpus_of_quota(""));
  CHECK(usable_cpus() >= 1);
}

TEST_CASE("a death is told by its cause") {
  CHECK(death_words({.signal = SIGSEGV}) == "was killed by SIGSEGV");
  CHECK(death_words({.exit_code = 3}) == "exited with status 3");
  CHECK(death_words({.signal = SIGKILL, .killed = KillReason::timeout}) ==
        "exceeded its time and was killed");
  CHECK(kind_of({.signal = SIGKILL, .killed = KillReason::timeout}) == FailureKind::timeout);
  CHECK(kind_of({.signal = SIGKILL, .killed = KillReason::memory}) == FailureKind::out_of_memory);
  CHECK(kind_of({.signal = SIGKILL}) == FailureKind::crash);
}

}  // namespace
}  // namespace wm
