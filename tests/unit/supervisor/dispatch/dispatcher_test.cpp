#include "supervisor/dispatch/dispatcher.h"

#include <algorithm>

#include "common/segment/mapped_segment.h"
#include "supervisor/dispatch/retry_policy.h"
#include "supervisor/dispatch/stage_pause.h"
#include "tests/support/catch.h"
#include "tests/unit/supervisor/dispatch/support/two_workers.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

struct DispatcherFixture {
  MappedSegment segment = MappedSegment::create({.workers = 2, .slots = 4, .ring_bytes = 4096});
  Dispatcher dispatcher{segment.tasks(), 2};
  TaskQueue worker_side = segment.tasks();

  void place(std::uint64_t id) {
    dispatcher.place({.task = {.id = static_cast<TaskId>(id), .input = "/in", .output = "out"}});
  }
  std::vector<std::uint64_t> collected() {
    std::vector<std::uint64_t> ids;
    dispatcher.collect(
        [&](Assignment assignment, WorkerIndex, Outcome) { ids.push_back(number(assignment.task.id)); });
    return ids;
  }
};

TEST_CASE("finished tasks are handed out once and their slots are free again") {
  DispatcherFixture f;
  f.place(1);
  f.place(2);
  CHECK(f.dispatcher.free_slots() == 2);
  f.worker_side.finish(*f.worker_side.claim(first_worker), {});
  CHECK(f.collected() == std::vector<std::uint64_t>{1});
  CHECK(f.collected().empty());
  CHECK(f.dispatcher.held() == 1);
}

TEST_CASE("results may gather while most tasks are not begun, and each one is told when few are left") {
  MappedSegment segment = MappedSegment::create({.workers = 2, .slots = 64, .ring_bytes = 4096});
  Dispatcher dispatcher(segment.tasks(), 2);
  CHECK(dispatcher.results_to_gather() == 1);
  std::vector<unsigned> when_held;
  for (unsigned held = 1; held <= 64; ++held) {
    dispatcher.place({.task = {.id = TaskId{held}, .input = "/in", .output = "out"}});
    when_held.push_back(dispatcher.results_to_gather());
  }
  // Held: 2 workers may have begun 2 of them, half of the others may gather.
  CHECK(when_held[0] == 1);
  CHECK(when_held[4] == 1);
  CHECK(when_held[5] == 2);
  CHECK(when_held[63] == 31);
  CHECK(std::ranges::is_sorted(when_held));
}

TEST_CASE("tasks are claimed in the order in which they were placed") {
  DispatcherFixture f;
  for (std::uint64_t id = 1; id <= 4; ++id) f.place(id);
  for (std::uint64_t id = 1; id <= 20; ++id) {
    const auto claim = f.worker_side.claim(first_worker);
    CHECK(number(f.worker_side.task(*claim).value().id) == id);
    f.worker_side.finish(*claim, {});
    CHECK(f.collected() == std::vector<std::uint64_t>{id});
    f.place(id + 4);
  }
}

TEST_CASE("a killed worker's task comes back, what it finished does not") {
  DispatcherFixture f;
  f.place(1);
  f.place(2);
  f.place(3);
  f.worker_side.finish(*f.worker_side.claim(first_worker), {});
  REQUIRE(f.worker_side.claim(first_worker));
  REQUIRE(f.worker_side.claim(second_worker));
  CHECK(f.collected() == std::vector<std::uint64_t>{1});
  const auto swept = f.dispatcher.sweep(first_worker);
  REQUIRE(swept.size() == 1);
  CHECK(swept[0].assignment.task.id == TaskId{2});
  CHECK(f.dispatcher.held() == 1);
  const auto in_work = f.dispatcher.in_work(Dispatcher::Clock::now());
  REQUIRE(in_work.size() == 1);
  CHECK(in_work[0].worker == second_worker);
}

TEST_CASE("a task is in progress from the time at which it was seen claimed, less the time that it waited") {
  DispatcherFixture f;
  const auto start = Dispatcher::Clock::now();
  f.place(1);
  CHECK(f.dispatcher.in_work(start).empty());
  REQUIRE(f.worker_side.claim(second_worker));
  CHECK(f.dispatcher.in_work(start + 5s).front().since == start + 5s);
  CHECK(f.dispatcher.in_work(start + 14s).front().since == start + 5s);
  const std::uint64_t ticket = f.dispatcher.in_work(start + 14s).front().ticket;
  f.dispatcher.forgive(ticket + 1, 3s);
  f.dispatcher.forgive(ticket, 8s);
  CHECK(f.dispatcher.in_work(start + 15s).front().since == start + 13s);
}

TEST_CASE("time in which the process stood still is taken out of what a worker says that its stages took") {
  DispatcherFixture f;
  for (std::uint64_t id = 1; id <= 3; ++id) f.place(id);
  const auto finish = [&](const TaskQueue::Claim& claim, StageTimes times) {
    f.worker_side.finish(claim, {.stage_ns = times});
  };
  const auto claim = f.worker_side.claim(first_worker);
  const auto finished_early = f.worker_side.claim(second_worker);
  finish(*finished_early, {0, 10, 5'000, 20});  // went on before the supervisor did
  f.dispatcher.note_suspension(4'000ns);
  f.dispatcher.note_suspension(500ns);
  finish(*claim, {4'700, 300, 200, 100});
  finish(*f.worker_side.claim(second_worker), {5'000, 0, 0, 0});  // begun after it
  std::vector<StageTimes> times;
  f.dispatcher.collect([&](Assignment, WorkerIndex, Outcome outcome) { times.push_back(outcome.stage_ns); });
  REQUIRE(times.size() == 3);
  CHECK(times[0] == StageTimes{200, 300, 200, 100});
  CHECK(times[1] == StageTimes{0, 10, 500, 20});
  CHECK(times[2] == StageTimes{5'000, 0, 0, 0});
}

TEST_CASE("a pause is taken out of the longest stage, and out of no task that is shorter") {
  StageTimes times{1'000, 50, 2'000, 0};
  take_out(times, 2'500);
  CHECK(times == StageTimes{500, 50, 0, 0});
  take_out(times, 551);
  CHECK(times == StageTimes{500, 50, 0, 0});
  take_out(times, 0);
  CHECK(times == StageTimes{500, 50, 0, 0});
}

TEST_CASE("only unclaimed tasks are withdrawn") {
  DispatcherFixture f;
  f.place(1);
  f.place(2);
  REQUIRE(f.worker_side.claim(first_worker));
  const auto withdrawn = f.dispatcher.withdraw_unclaimed();
  REQUIRE(withdrawn.size() == 1);
  CHECK(withdrawn[0].task.id == TaskId{2});
  CHECK(f.dispatcher.held() == 1);
}

TEST_CASE("a scribbled slot is damage, and everything handed out comes back") {
  DispatcherFixture f;
  f.place(1);
  f.place(2);
  SECTION("a state that does not exist") {
    f.worker_side.release(0);
  }
  SECTION("a stale ticket") {
    f.worker_side.place(1, {.input = "/x", .output = "y"}, 999);
  }
  SECTION("an owner that does not exist") {
    REQUIRE(f.worker_side.claim(WorkerIndex{500}));
  }
  SECTION("a result that cannot be") {
    const auto claim = f.worker_side.claim(first_worker);
    f.worker_side.finish(*claim, {.failure = Failure{static_cast<FailureKind>(200), "?"}});
  }
  f.collected();
  CHECK(f.dispatcher.damaged());
  CHECK(f.dispatcher.sweep_all().size() == 2);
  CHECK_FALSE(f.dispatcher.damaged());
  CHECK(f.dispatcher.free_slots() == 4);
}

TEST_CASE("what takes workers down is tried again and then quarantined, what is refused is not") {
  CHECK(judge(FailureKind::crash, 1, 1) == Verdict::retry);
  CHECK(judge(FailureKind::crash, 2, 1) == Verdict::quarantined);
  CHECK(judge(FailureKind::timeout, 1, 0) == Verdict::quarantined);
  CHECK(judge(FailureKind::out_of_memory, 1, 1) == Verdict::retry);
  CHECK(judge(FailureKind::corrupt, 1, 5) == Verdict::failed);
  CHECK(judge(FailureKind::write_error, 1, 5) == Verdict::failed);
}

TEST_CASE("--halt stops at a count, or at a share of enough inputs") {
  using When = Halt::When;
  CHECK_FALSE(halts({.when = When::never, .fail = 1}, 100, 100));
  CHECK(halts({.when = When::now, .fail = 1}, 1, 1));
  CHECK_FALSE(halts({.when = When::now, .fail = 2}, 1, 1));
  CHECK_FALSE(halts({.when = When::soon, .fail = 1, .percent = true}, 1, 1));
  CHECK(halts({.when = When::soon, .fail = 1, .percent = true}, 1, 100));
  CHECK_FALSE(halts({.when = When::soon, .fail = 1, .percent = true}, 1, 101));
}

}  // namespace
}  // namespace wm
