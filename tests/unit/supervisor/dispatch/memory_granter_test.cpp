// Requests for memory through the segment: what a worker writes is checked, what the supervisor answers is
// written again where it was lost.

#include "supervisor/dispatch/memory_granter.h"

#include <unistd.h>

#include <vector>

#include "common/segment/memory_request.h"
#include "supervisor/dispatch/memory_division.h"
#include "tests/support/catch.h"
#include "tests/unit/supervisor/dispatch/support/two_workers.h"

namespace wm {
namespace {

constexpr std::uint64_t mb = 1 << 20;

struct GranterFixture {
  MappedSegment segment = MappedSegment::create({.workers = 2, .slots = 4, .ring_bytes = 4096});
  Dispatcher dispatcher{segment.tasks(), 2};
  std::vector<EventFd> wake_ups = [] {
    std::vector<EventFd> made;
    made.push_back(EventFd::create(EventFd::Kind::counter));
    made.push_back(EventFd::create(EventFd::Kind::counter));
    return made;
  }();
  MemoryGranter granter{segment, wake_ups, {.total = 400 * mb, .allowance = 100 * mb}, 400 * mb};
  std::vector<std::pair<WorkerIndex, std::uint64_t>> grants;
  std::vector<WorkerIndex> ended;  // unasked

  /// The ticket of a task that this worker has claimed.
  std::uint64_t claimed_by(WorkerIndex worker) {
    dispatcher.place({.task = {.id = TaskId{1}, .input = "/in", .output = "out"}});
    const auto claim = segment.tasks().claim(worker);
    REQUIRE(claim);
    return claim->ticket;
  }
  void ask(WorkerIndex worker, std::uint64_t ticket, std::uint64_t mebibytes) const {
    segment.status(worker).memory_wanted.store(pack(MemoryRequest{ticket, mebibytes}));
  }
  void serve() {
    granter.serve(
        dispatcher, [this](WorkerIndex worker, std::uint64_t bytes) { grants.emplace_back(worker, bytes); },
        [this](WorkerIndex worker) { ended.push_back(worker); });
  }
  [[nodiscard]] MemoryRequest answer(WorkerIndex worker) const {
    return unpack_memory_request(segment.status(worker).memory_granted.load());
  }
};

TEST_CASE("a request is granted, its worker is woken, and the next one waits for it") {
  GranterFixture fixture;
  const std::uint64_t one = fixture.claimed_by(first_worker);
  const std::uint64_t other = fixture.claimed_by(second_worker);
  fixture.ask(first_worker, one, 250);
  fixture.serve();
  CHECK(fixture.answer(first_worker) == MemoryRequest{one, 250});
  CHECK(fixture.wake_ups[0].take());
  CHECK(fixture.grants == std::vector{std::pair{first_worker, 250 * mb}});
  fixture.ask(second_worker, other, 250);
  fixture.serve();
  CHECK(fixture.granter.waits(second_worker));
  CHECK(fixture.answer(second_worker) == MemoryRequest{});
  CHECK(fixture.granter.end_task(first_worker, one));
  CHECK_FALSE(fixture.granter.end_task(first_worker, one));
  fixture.serve();
  CHECK(fixture.answer(second_worker) == MemoryRequest{other, 250});
  CHECK(fixture.wake_ups[1].take());
}

TEST_CASE("a result under another worker's number does not keep the grant of its task alive") {
  GranterFixture fixture;
  const std::uint64_t one = fixture.claimed_by(first_worker);
  const std::uint64_t other = fixture.claimed_by(second_worker);
  fixture.ask(first_worker, one, 400);
  fixture.serve();
  fixture.ask(second_worker, other, 400);
  fixture.serve();
  REQUIRE(fixture.granter.waits(second_worker));
  CHECK(fixture.ended.empty());
  REQUIRE(fixture.segment.tasks().finish({.slot = 0, .worker = first_worker, .ticket = one}, Outcome{}));
  const std::uint64_t forged =
      pack(SlotWord{.state = SlotState::done, .worker = second_worker, .ticket = one});
  const auto at = static_cast<off_t>(offsets_of(fixture.segment.shape()).words);
  REQUIRE(::pwrite(fixture.segment.fd(), &forged, sizeof forged, at) == sizeof forged);
  int results = 0;
  fixture.dispatcher.collect([&](const Assignment& assignment, WorkerIndex worker, const Outcome&) {
    ++results;
    CHECK(worker == second_worker);
    CHECK_FALSE(fixture.granter.end_task(worker, assignment.ticket));
  });
  CHECK(results == 1);
  fixture.serve();
  CHECK(fixture.ended == std::vector{first_worker});
  CHECK(fixture.answer(second_worker) == MemoryRequest{other, 400});
}

TEST_CASE("a request that fits no task in progress is ignored") {
  GranterFixture fixture;
  const std::uint64_t one = fixture.claimed_by(first_worker);
  fixture.ask(second_worker, one, 250);  // somebody else's
  fixture.ask(first_worker, one + 1, 250);
  fixture.serve();
  CHECK(fixture.grants.empty());
  CHECK_FALSE(fixture.granter.waits(first_worker));
  CHECK_FALSE(fixture.granter.waits(second_worker));
  fixture.segment.status(first_worker).memory_wanted.store(~std::uint64_t{0});
  fixture.serve();
  CHECK(fixture.grants.empty());
}

TEST_CASE("more than a worker may ask for raises no limit and holds up nobody") {
  GranterFixture fixture;
  const std::uint64_t one = fixture.claimed_by(first_worker);
  for (const std::uint64_t forged : {std::uint64_t{401}, most_mebibytes}) {
    fixture.ask(first_worker, one, forged);
    fixture.serve();
    CHECK(fixture.grants.empty());
    CHECK_FALSE(fixture.granter.waits(first_worker));
  }
  const std::uint64_t other = fixture.claimed_by(second_worker);
  fixture.ask(second_worker, other, 150);
  fixture.serve();
  CHECK(fixture.answer(second_worker) == MemoryRequest{other, 150});
}

TEST_CASE("everything is granted to a task that is alone, and holds up the others until it ends") {
  GranterFixture fixture;
  const std::uint64_t one = fixture.claimed_by(first_worker);
  fixture.ask(first_worker, one, 400);
  fixture.serve();
  CHECK(fixture.answer(first_worker) == MemoryRequest{one, 400});
  const std::uint64_t other = fixture.claimed_by(second_worker);
  fixture.ask(second_worker, other, 150);
  fixture.serve();
  CHECK(fixture.granter.waits(second_worker));
  fixture.granter.end_worker(first_worker);
  fixture.serve();
  CHECK_FALSE(fixture.granter.waits(second_worker));
}

TEST_CASE("an answer that was overwritten is written again while its task asks for it") {
  GranterFixture fixture;
  const std::uint64_t one = fixture.claimed_by(first_worker);
  fixture.ask(first_worker, one, 250);
  fixture.serve();
  fixture.segment.status(first_worker).memory_granted.store(12345);
  fixture.wake_ups[0].take();
  fixture.serve();
  CHECK(fixture.answer(first_worker) == MemoryRequest{one, 250});
  CHECK(fixture.wake_ups[0].take());
  CHECK(fixture.grants.size() == 1);
}

TEST_CASE("memory is divided so that workers need not ask for ordinary pictures, and most of it is lent") {
  constexpr std::uint64_t gb = 1024 * mb;
  const MemoryDivision many = divide_memory(16 * gb, 8, MemoryLimit{});
  CHECK(many.worker == MemoryShares{.allowance = 256 * mb, .most = 16 * gb});
  CHECK(many.budget == MemoryBudget::Shares{.total = 16 * gb, .allowance = 256 * mb});
  // What the user allows one worker is what a picture may take at most, and what all may take together.
  const MemoryDivision limited = divide_memory(16 * gb, 8, MemoryLimit::of(400 * mb));
  CHECK(limited.worker == MemoryShares{.allowance = 100 * mb, .most = 400 * mb});
  CHECK(limited.budget.total == 3200 * mb);
  // ... unless the machine has less.
  const MemoryDivision small = divide_memory(2 * gb, 8, MemoryLimit::of(gb));
  CHECK(small.budget.total == 2 * gb);
  CHECK(small.worker.most == gb);
  CHECK(divide_memory(16 * gb, 8, MemoryLimit::of(std::nullopt)).worker.most == 0);
  CHECK(divide_memory(64 * mb, 64, MemoryLimit{}).worker.allowance == 8 * mb);
}

TEST_CASE("a request for memory is one word") {
  for (const MemoryRequest request :
       {MemoryRequest{1, 0}, MemoryRequest{(1ULL << 40U) - 1, most_mebibytes}}) {
    CHECK(unpack_memory_request(pack(request)) == request);
  }
  CHECK(pack(MemoryRequest{1, most_mebibytes + 7}) == pack(MemoryRequest{1, most_mebibytes}));
  CHECK(mebibytes_of(0) == 0);
  CHECK(mebibytes_of(1) == 1);
  CHECK(mebibytes_of(mb) == 1);
  CHECK(mebibytes_of(mb + 1) == 2);
}

}  // namespace
}  // namespace wm
