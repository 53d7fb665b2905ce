// Whether a worker that hangs is spinning or waiting, at any load; and in which order it is looked at.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "supervisor/pool/hang_evidence.h"
#include "supervisor/pool/hang_finding.h"
#include "supervisor/pool/hang_watch.h"
#include "supervisor/pool/process_sample.h"
#include "tests/support/catch.h"
#include "tests/support/wait_until.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t ms = 1'000'000;  // in nanoseconds

ThreadSample thread(char state, std::uint64_t cpu_ms, std::optional<std::uint64_t> queued_ms,
                    std::uint64_t sleeps, std::int32_t tid = 70) {
  ThreadSample sample{.tid = tid, .name = "t" + std::to_string(tid), .state = state, .start = 5};
  sample.cpu_ns = cpu_ms * ms;
  sample.sleeps = sleeps;
  if (queued_ms) sample.queued_ns = *queued_ms * ms;
  return sample;
}

HangFinding finding(std::vector<ThreadSample> before, std::vector<ThreadSample> after,
                    std::chrono::nanoseconds elapsed = 1s) {
  const ActiveClock::time_point began(1h);
  return assess_hang({.time = began, .threads = std::move(before)},
                     {.time = began + elapsed, .threads = std::move(after)});
}

TEST_CASE("on an idle machine a thread spins when it ran for more than half of the time") {
  const HangFinding spins = finding({thread('R', 5000, 10, 7)}, {thread('R', 5990, 12, 7)});
  CHECK(spins.activity == HangActivity::spinning);
  CHECK(spins.tid == 70);
  CHECK(spins.thread == "t70");
  CHECK(spins.ran == 990ms);
  CHECK(spins.queued == 2ms);
  CHECK(spins.elapsed == 1s);
  // Also one that sleeps a little, and is caught asleep.
  CHECK(finding({thread('S', 0, 0, 0)}, {thread('D', 510, 0, 90)}).activity == HangActivity::spinning);
  CHECK(finding({thread('S', 0, 0, 0)}, {thread('S', 500, 0, 90)}).activity == HangActivity::waiting);
  CHECK(finding({thread('S', 40, 3, 9)}, {thread('S', 40, 3, 9)}).activity == HangActivity::waiting);
}

TEST_CASE("on a busy machine a thread that never sleeps spins, however little it ran") {
  CHECK(finding({thread('R', 5000, 100, 7)}, {thread('R', 5110, 900, 7)}).activity == HangActivity::spinning);
  // It waits for a CPU for so long that this wait is not counted yet.
  CHECK(finding({thread('R', 5000, 100, 7)}, {thread('R', 5003, 150, 7)}).activity == HangActivity::spinning);
  CHECK(finding({thread('R', 5000, 100, 7)}, {thread('R', 5000, 100, 7)}).activity == HangActivity::spinning);
  // It is asleep for a moment now and then, and runs whenever it gets a CPU.
  CHECK(finding({thread('R', 0, 0, 7)}, {thread('S', 110, 860, 9)}).activity == HangActivity::spinning);
}

TEST_CASE("a thread that sleeps is waiting however busy the machine is") {
  CHECK(finding({thread('S', 5000, 900, 7)}, {thread('S', 5000, 900, 7)}).activity == HangActivity::waiting);
  // It wakes up a hundred times for a moment and waits for a CPU each time.
  CHECK(finding({thread('S', 0, 0, 0)}, {thread('S', 20, 600, 100)}).activity == HangActivity::waiting);
  CHECK(finding({thread('R', 0, 0, 0)}, {thread('R', 20, 600, 100)}).activity == HangActivity::waiting);
  // It woke up just before the second snapshot, and had been asleep until then.
  CHECK(finding({thread('S', 0, 0, 3)}, {thread('R', 0, 0, 3)}).activity == HangActivity::waiting);
}

TEST_CASE("without counts of the run queue states and sleeps decide") {
  const HangFinding spins = finding({thread('R', 0, {}, 7)}, {thread('R', 110, {}, 7)});
  CHECK(spins.activity == HangActivity::spinning);
  CHECK_FALSE(spins.queued);
  CHECK(finding({thread('S', 0, {}, 7)}, {thread('S', 600, {}, 50)}).activity == HangActivity::spinning);
  CHECK(finding({thread('R', 0, {}, 7)}, {thread('R', 110, {}, 50)}).activity == HangActivity::waiting);
  CHECK(finding({thread('S', 0, {}, 7)}, {thread('S', 0, {}, 7)}).activity == HangActivity::waiting);
}

TEST_CASE("the time is the measured one") {
  CHECK(finding({thread('S', 0, 0, 0)}, {thread('S', 600, 0, 9)}, 3s).activity == HangActivity::waiting);
  CHECK(finding({thread('S', 0, 0, 0)}, {thread('S', 600, 0, 9)}, 1100ms).activity == HangActivity::spinning);
  // A wait for a CPU that began before the first sample is counted when it ends.
  CHECK(finding({thread('S', 0, 0, 0)}, {thread('S', 1, 1500, 9)}).activity == HangActivity::spinning);
}

TEST_CASE("threads may come and go") {
  // Gone before the second snapshot; only there at the second one; and a number that is used anew.
  CHECK(finding({thread('R', 900, 0, 0, 71)}, {thread('S', 1, 0, 1)}).activity == HangActivity::waiting);
  CHECK(finding({}, {thread('R', 100, 0, 0)}).activity == HangActivity::waiting);
  CHECK(finding({}, {thread('R', 100, 850, 0)}).activity == HangActivity::spinning);
  ThreadSample other = thread('R', 30, 0, 7);
  other.start = 99;
  const HangFinding reused = finding({thread('R', 5000, 0, 7)}, {other});
  CHECK(reused.activity == HangActivity::waiting);
  CHECK(reused.ran == 30ms);
  CHECK(finding({}, {}).activity == HangActivity::waiting);
  CHECK(finding({}, {}).tid == 0);
}

TEST_CASE("of several threads the one that spins is named, else the one that ran most") {
  const std::vector<ThreadSample> before{thread('S', 0, 0, 0, 70), thread('R', 0, 0, 0, 71),
                                         thread('R', 0, 0, 0, 72), thread('S', 0, 0, 0, 73)};
  const HangFinding spins = finding(before, {thread('S', 300, 0, 9, 70), thread('R', 60, 930, 0, 71),
                                             thread('R', 70, 920, 0, 72), thread('S', 310, 0, 9, 73)});
  CHECK(spins.activity == HangActivity::spinning);
  CHECK(spins.tid == 72);
  const HangFinding waits = finding(before, {thread('S', 3, 0, 9, 70), thread('S', 6, 0, 8, 71),
                                             thread('S', 4, 0, 7, 72), thread('S', 5, 0, 9, 73)});
  CHECK(waits.activity == HangActivity::waiting);
  CHECK(waits.tid == 71);
}

TEST_CASE("a worker that is stopped by a signal neither spins nor waits") {
  CHECK(finding({thread('R', 0, 0, 0)}, {thread('T', 900, 0, 0)}).activity == HangActivity::stopped);
  CHECK(finding({thread('R', 0, 0, 0)}, {thread('t', 900, 0, 0)}).activity ==
        HangActivity::stopped);  // by a tracer
  CHECK(finding({thread('T', 0, 0, 0)}, {thread('R', 900, 0, 0)}).activity == HangActivity::spinning);
}

TEST_CASE("the kernel's counts are read: a thread that spins and one that sleeps are told apart") {
  std::atomic<bool> ended{false};
  std::atomic<std::int32_t> spinner{0};
  std::thread spins([&] {
    spinner = ::gettid();
    while (!ended) {
    }
  });
  const auto finish = [&] {
    ended = true;
    spins.join();
  };
  const bool began = test::wait_until([&] { return spinner != 0; });
  const ProcessSample before = sample_process(::getpid());
  // This thread sleeps until the other one has run for a while, at whatever load.
  ProcessSample after = before;
  const auto cpu_of = [&](const ProcessSample& sample) {
    for (const ThreadSample& thread : sample.threads)
      if (thread.tid == spinner) return thread.cpu_ns;
    return std::uint64_t{0};
  };
  const bool ran = test::wait_until(
      [&] {
        after = sample_process(::getpid());
        return cpu_of(after) > cpu_of(before) + 50 * ms;
      },
      60s, 20ms);
  finish();
  REQUIRE(began);
  REQUIRE(ran);
  const HangFinding result = assess_hang(before, after);
  CHECK(result.activity == HangActivity::spinning);
  CHECK(result.tid == spinner);
  CHECK(result.ran >= 50ms);
  for (const ThreadSample& thread : after.threads) {
    CAPTURE(words_of(thread));
    CHECK(thread.start > 0);
    CHECK_FALSE(thread.name.empty());
    if (thread.tid == ::getpid()) CHECK(thread.sleeps > 0);
    if (thread.tid == spinner) CHECK(thread.state == 'R');
  }
  // Assessed one by one, the other thread spins and this one does not.
  const auto only = [](ProcessSample sample, std::int32_t tid) {
    std::erase_if(sample.threads, [&](const ThreadSample& thread) { return thread.tid != tid; });
    return sample;
  };
  CHECK(assess_hang(only(before, ::getpid()), only(after, ::getpid())).activity == HangActivity::waiting);
  CHECK(sample_process(-1).threads.empty());
}

TEST_CASE("of a process with very many threads only the first ones are read") {
  std::atomic<bool> ended{false};
  std::vector<std::thread> crowd;
  for (unsigned i = 0; i < most_sampled_threads + 20; ++i) crowd.emplace_back([&] { ended.wait(false); });
  const ProcessSample sample = sample_process(::getpid());
  ended = true;
  ended.notify_all();
  for (std::thread& thread : crowd) thread.join();
  CHECK(sample.threads.size() == most_sampled_threads);
  CHECK(sample.threads.front().tid == ::getpid());
}

TEST_CASE("evidence on one task is not told of another, nor of a death between two") {
  HangEvidence evidence;
  const auto look_at = [&](std::uint64_t ticket) {
    evidence.on(ticket).outside.emplace_back("a snapshot");
    evidence.on(ticket).finding = HangFinding{};
  };
  look_at(5);
  evidence.on(5).outside.emplace_back("another snapshot");
  const HangEvidence same = evidence.take(5);
  CHECK(same.outside == std::vector<std::string>{"a snapshot", "another snapshot"});
  CHECK(same.finding);
  CHECK(evidence.take(5).outside.empty());  // it is told once
  for (const std::uint64_t other : std::vector<std::uint64_t>{6, 0}) {
    look_at(5);
    const HangEvidence of_other = evidence.take(other);
    CHECK(of_other.outside.empty());
    CHECK_FALSE(of_other.finding);
    CHECK(evidence.take(5).outside.empty());  // that life has ended
  }
  look_at(5);
  look_at(6);
  CHECK(evidence.take(6).outside == std::vector<std::string>{"a snapshot"});
}

using Step = HangWatch::Step;

TEST_CASE(
    "an overdue worker is looked at, left alone for a second from its answer on, looked at and killed") {
  HangWatch watch;
  HangWatch::Clock::time_point now(1h);
  CHECK(watch.snapshots(5) == 0);
  CHECK(watch.next(5, now, 2, false) == Step::first_snapshot);
  CHECK(watch.snapshots(5) == 1);
  CHECK(watch.next(5, now += 900ms, 2, false) == Step::wait);  // the machine is busy
  CHECK(watch.next(5, now += 100ms, 2, true) == Step::begin_interval);
  CHECK(watch.next(5, now += 999ms, 2, true) == Step::wait);
  CHECK(watch.snapshots(5) == 1);
  CHECK(watch.next(5, now += 1ms, 2, true) == Step::second_snapshot);
  CHECK(watch.snapshots(5) == 2);
  CHECK(watch.next(5, now += 1900ms, 2, false) == Step::wait);
  CHECK(watch.next(5, now, 2, true) == Step::kill);
  CHECK(watch.next(5, now += 100ms, 2, false) == Step::kill);
}

TEST_CASE("a worker that does not answer is waited for once") {
  HangWatch watch;
  HangWatch::Clock::time_point now(1h);
  CHECK(watch.next(5, now, 2, false) == Step::first_snapshot);
  CHECK(watch.next(5, now += 1999ms, 2, false) == Step::wait);
  CHECK(watch.next(5, now += 1ms, 2, false) == Step::begin_interval);
  CHECK(watch.next(5, now += 1s, 2, false) == Step::second_snapshot);
  CHECK(watch.next(5, now += 249ms, 2, false) == Step::wait);
  CHECK(watch.next(5, now += 1ms, 2, false) == Step::kill);
}

TEST_CASE("a worker that must go at once is looked at once, and a new task begins anew") {
  HangWatch watch;
  HangWatch::Clock::time_point now(1h);
  CHECK(watch.next(5, now, 1, false) == Step::first_snapshot);
  CHECK(watch.next(5, now += 249ms, 1, false) == Step::wait);
  CHECK(watch.next(5, now += 1ms, 1, false) == Step::kill);
  CHECK(watch.next(6, now, 2, true) == Step::first_snapshot);
  CHECK(watch.next(6, now, 2, true) == Step::begin_interval);
  CHECK(watch.next(6, now, 1, true) == Step::kill);  // it became too large in between
  CHECK(watch.snapshots(5) == 0);
  watch.forget();
  CHECK(watch.snapshots(6) == 0);
  CHECK(watch.snapshots(0) == 0);
}

}  // namespace
}  // namespace wm
