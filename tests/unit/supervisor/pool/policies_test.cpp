#include <unistd.h>

#include <csignal>
#include <initializer_list>
#include <string>

#include "supervisor/pool/cpu_budget.h"
#include "supervisor/pool/death_words.h"
#include "supervisor/pool/growth_policy.h"
#include "supervisor/pool/idle_policy.h"
#include "supervisor/pool/own_cgroup.h"
#include "supervisor/pool/restart_policy.h"
#include "supervisor/pool/worker_cgroups.h"
#include "supervisor/pool/worker_memory.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the first death of every worker costs no pause, then pauses double until the job stops") {
  RestartPolicy policy(2);
  CHECK(policy.on_death(DeathBlame::worker) == 0ms);
  CHECK(policy.on_death(DeathBlame::worker) == 0ms);
  CHECK(policy.on_death(DeathBlame::worker) == 100ms);
  CHECK(policy.on_death(DeathBlame::worker) == 100ms);
  CHECK(policy.on_death(DeathBlame::worker) == 200ms);
  std::optional<RestartPolicy::Duration> last = 0ms;
  std::optional<RestartPolicy::Duration> longest;
  while (last) {
    longest = last;
    last = policy.on_death(DeathBlame::worker);
    REQUIRE(policy.deaths_without_success() < 100);
  }
  CHECK(*longest == 25'600ms);
}

TEST_CASE("a shorter first pause shortens all of them, and the limit is reached after as many deaths") {
  RestartPolicy policy(1, 1ms);
  RestartPolicy usual(1);
  while (const auto pause = usual.on_death(DeathBlame::worker)) {
    CHECK(policy.on_death(DeathBlame::worker) == *pause / 100);
  }
  CHECK_FALSE(policy.on_death(DeathBlame::worker));
}

TEST_CASE("kills from outside bring no pause, but not without end") {
  RestartPolicy policy(2);
  for (unsigned i = 0; i < 2 * RestartPolicy::outside_kills_per_worker; ++i)
    CHECK(policy.on_death(DeathBlame::outside) == 0ms);
  CHECK_FALSE(policy.on_death(DeathBlame::outside));
  policy.on_success();
  CHECK(policy.on_death(DeathBlame::outside) == 0ms);
  CHECK(policy.on_death(DeathBlame::worker) == 0ms);
}

TEST_CASE("pictures that take workers down cost neither a pause nor the job, however many they are") {
  RestartPolicy policy(2);
  for (int i = 0; i < 100'000; ++i) {
    REQUIRE(policy.on_death(DeathBlame::picture) == 0ms);
    REQUIRE(policy.on_death(DeathBlame::damage) == 0ms);
  }
  CHECK(policy.deaths_without_success() == 0);
  CHECK(policy.on_death(DeathBlame::worker) == 0ms);
  CHECK(policy.on_death(DeathBlame::worker) == 0ms);
  CHECK(policy.on_death(DeathBlame::worker) == 100ms);  // and they forgive nothing
}

TEST_CASE("one success forgives all deaths") {
  RestartPolicy policy(1);
  for (int i = 0; i < 5; ++i) CHECK(policy.on_death(DeathBlame::worker));
  policy.on_success();
  CHECK(policy.on_death(DeathBlame::worker) == 0ms);
}

TEST_CASE("a death with a task in hand, or at a limit, is no failure to start") {
  const WorkerDeath crash{.booted = true, .signal = SIGSEGV};
  CHECK(blame_of(crash, true, false) == DeathBlame::picture);
  CHECK(blame_of(crash, false, false) == DeathBlame::worker);
  CHECK(blame_of(crash, true, true) == DeathBlame::damage);  // which task it had cannot be believed
  CHECK(blame_of({.exit_code = 7}, true, false) == DeathBlame::picture);
  CHECK(blame_of({.exit_code = 7}, false, false) == DeathBlame::worker);
  const WorkerDeath killed{.booted = true, .signal = SIGKILL};
  CHECK(blame_of(killed, true, false) == DeathBlame::picture);
  CHECK(blame_of(killed, false, false) == DeathBlame::outside);
  const auto by_us = [](KillReason reason) { return WorkerDeath{.signal = SIGKILL, .killed = reason}; };
  for (const KillReason reason : {KillReason::timeout, KillReason::memory}) {
    CHECK(blame_of(by_us(reason), true, false) == DeathBlame::picture);
    CHECK(blame_of(by_us(reason), false, false) == DeathBlame::picture);  // it had just finished the file
  }
  CHECK(blame_of(by_us(KillReason::damage), false, false) == DeathBlame::damage);
  CHECK(blame_of(by_us(KillReason::slow_boot), false, false) == DeathBlame::worker);
  CHECK(blame_of(by_us(KillReason::unresponsive), false, false) == DeathBlame::worker);
  CHECK(blame_of({.signal = SIGKILL, .out_of_memory = true}, true, false) == DeathBlame::picture);
  CHECK(blame_of({.signal = SIGKILL, .out_of_memory = true}, false, false) == DeathBlame::worker);
}

TEST_CASE("a death is charged to the task for which we killed the worker, not to the next one") {
  const auto by_us = [](KillReason reason) { return WorkerDeath{.signal = SIGKILL, .killed = reason}; };
  for (const KillReason reason : {KillReason::timeout, KillReason::memory}) {
    CHECK_FALSE(killed_for_another(by_us(reason), 7, 7));
    CHECK(killed_for_another(by_us(reason), 7, 8));
  }
  // They had no task when they were killed.
  CHECK(killed_for_another(by_us(KillReason::unresponsive), 7, 7));
  CHECK(killed_for_another(by_us(KillReason::slow_boot), 0, 8));
  CHECK_FALSE(killed_for_another({.signal = SIGSEGV}, 7, 8));
  CHECK_FALSE(killed_for_another(by_us(KillReason::stop), 7, 8));
}

TEST_CASE("a worker is replaced when it has grown and stays so, not for one large picture") {
  GrowthPolicy policy;
  unsigned due = 0;
  for (unsigned i = 0; i < 2 * GrowthPolicy::tasks_between_looks; ++i) due += policy.is_due() ? 1U : 0U;
  CHECK(due == 2);
  const auto look = [&](std::initializer_list<std::uint64_t> sizes) {
    bool grown = false;
    for (const std::uint64_t size : sizes) grown = policy.grown(size, 100) || grown;
    return grown;
  };
  CHECK_FALSE(look({900, 50, 900, 900}));  // it needs 50
  CHECK_FALSE(look({900, 900, 150, 900}));
  CHECK(look({900, 900, 151, 900}));
  policy.begin_life();
  CHECK_FALSE(look({900, 900, 900, 900}));
}

TEST_CASE("a delegated group is divided, and what the kernel counts there is read") {
  const TempDir tree;
  tree.file("cgroup.procs", "");
  tree.file("cgroup.subtree_control", "");
  tree.file("cgroup.controllers", "cpu memory pids\n");
  for (const char* const leaf : {"wm-supervisor", "wm-worker-01", "wm-worker-02"}) tree.directory(leaf);
  tree.file("wm-worker-02/memory.events", "low 0\nmax 3\noom 1\noom_kill 2\n");
  {
    const auto groups = WorkerCgroups::divide(tree.path(), 2, 64 << 20);
    REQUIRE(groups);
    CHECK(first_line(tree / "wm-supervisor/cgroup.procs") == std::to_string(::getpid()));
    CHECK(first_line(tree / "cgroup.subtree_control") == "+memory");
    CHECK(first_line(tree / "wm-worker-01/memory.max") == "67108864");
    CHECK(first_line(tree / "wm-worker-02/memory.oom.group") == "1");
    groups->adopt(WorkerIndex{1}, 4711);
    CHECK(first_line(tree / "wm-worker-02/cgroup.procs") == "4711");
    CHECK(groups->oom_kills(WorkerIndex{1}) == 2);
    CHECK(groups->oom_kills(WorkerIndex{0}) == 0);
  }
  CHECK(first_line(tree / "cgroup.procs") == std::to_string(::getpid()));
  CHECK(first_line(tree / "cgroup.subtree_control") == "-memory");
}

TEST_CASE("a group without the memory controller, or of somebody else, is left alone") {
  const TempDir tree;
  CHECK_FALSE(WorkerCgroups::divide(tree / "nowhere", 1, 1 << 30));
  tree.file("cgroup.procs", "");
  tree.file("cgroup.subtree_control", "");
  tree.file("cgroup.controllers", "cpu pids\n");
  CHECK_FALSE(WorkerCgroups::divide(tree.path(), 1, 1 << 30));
  CHECK(first_line(tree / "cgroup.procs").empty());
}

TEST_CASE("a group that another supervisor has divided is left alone") {
  const TempDir tree;
  tree.file("cgroup.procs", "");
  tree.file("cgroup.subtree_control", "memory");
  tree.file("cgroup.controllers", "memory\n");
  const auto other = tree.file("wm-supervisor/cgroup.procs", "4711\n");
  tree.file("wm-worker-01/memory.max", "1000");
  CHECK_FALSE(WorkerCgroups::divide(tree.path(), 1, 64 << 20));
  CHECK(first_line(tree / "wm-worker-01/memory.max") == "1000");
  CHECK(first_line(other) == "4711");
}

TEST_CASE("a memory controller that was there before stays when the workers' groups go") {
  const TempDir tree;
  tree.file("cgroup.procs", "");
  tree.file("cgroup.subtree_control", "cpu memory");
  tree.file("cgroup.controllers", "cpu memory\n");
  for (const char* const leaf : {"wm-supervisor", "wm-worker-01"}) tree.directory(leaf);
  { REQUIRE(WorkerCgroups::divide(tree.path(), 1, 64 << 20)); }
  CHECK(first_line(tree / "cgroup.subtree_control") == "+memory");  // not "-memory"
}

TEST_CASE("a process knows what it holds") {
  CHECK(private_bytes(::getpid()) > 100'000);
  CHECK(private_bytes(-1) == 0);
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
  CHECK(death_words({.signal = SIGKILL, .killed = KillReason::timeout, .timeout = "90s"}) ==
        "exceeded its time (--timeout 90s) and was killed");
  CHECK(kind_of({.signal = SIGKILL, .killed = KillReason::timeout}) == FailureKind::timeout);
  const WorkerDeath starved{.signal = SIGKILL, .bytes = 700 << 20, .out_of_memory = true};
  CHECK(death_words(starved) == "was killed by the kernel for want of memory (it held 700 MiB)");
  CHECK(kind_of(starved) == FailureKind::out_of_memory);
  CHECK(kind_of({.signal = SIGKILL, .killed = KillReason::memory}) == FailureKind::out_of_memory);
  CHECK(kind_of({.signal = SIGKILL}) == FailureKind::crash);
}

}  // namespace
}  // namespace wm
