#include "supervisor/dispatch/backlog.h"
#include "supervisor/dispatch/deadline_policy.h"
#include "supervisor/dispatch/retry_policy.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a time is the limit whatever pictures take, and zero is none") {
  DeadlinePolicy policy({.time = 7s});
  for (int i = 0; i < 100; ++i) policy.observe(20s);
  CHECK(policy.limit() == 7s);
  CHECK_FALSE(DeadlinePolicy({.time = 0ms}).limit());
}

TEST_CASE("a percentage is of the median of all pictures, once there are enough of them") {
  DeadlinePolicy policy({.percent = 500});
  for (std::uint64_t i = 1; i < DeadlinePolicy::enough; ++i) policy.observe(i % 10 == 0 ? 1000s : 2s);
  CHECK(policy.limit() == 60s);
  policy.observe(2s);
  CHECK(policy.limit() > 9500ms);
  CHECK(policy.limit() < 10'500ms);
}

TEST_CASE("a relative limit is never so short that an ordinary delay is a hang") {
  DeadlinePolicy policy({.percent = 500});
  for (int i = 0; i < 50; ++i) policy.observe(5ms);
  CHECK(policy.limit() == 1s);
}

struct Queue {
  Backlog backlog{1};

  void add(std::uint64_t id, std::uint32_t attempt, bool needs_all = false) {
    Assignment assignment{.task = {.id = static_cast<TaskId>(id), .input = "/in", .output = "out"}};
    assignment.task.attempt = attempt;
    assignment.needs_all = needs_all;
    backlog.add(std::move(assignment));
  }
  /// Its number, 0 when it is nobody's turn.
  std::uint64_t next(Supply supply, std::size_t in_progress = 1) {
    const auto assignment = backlog.next(supply, in_progress, 2);
    return assignment ? number(assignment->task.id) : 0;
  }
};

TEST_CASE("files that were never tried come before those that took a worker down") {
  Queue queue;
  queue.add(1, 2);
  queue.add(2, 1);
  queue.add(3, 1);
  CHECK(queue.backlog.untried() == 2);
  CHECK(queue.next(Supply::flowing) == 2);
  CHECK(queue.next(Supply::ended) == 3);
  CHECK(queue.next(Supply::flowing) == 0);
  CHECK_FALSE(queue.backlog.empty());
  CHECK(queue.next(Supply::ended, 2) == 1);  // beside others
  CHECK(queue.backlog.empty());
}

TEST_CASE("a worker that would be idle because the list comes slowly repeats a file meanwhile") {
  Queue queue;
  queue.add(1, 2);
  queue.add(2, 2);
  CHECK(queue.next(Supply::stalled, 2) == 0);
  CHECK(queue.next(Supply::stalled, 1) == 1);
}

TEST_CASE("what needs the machine for itself waits to the very end, and nothing runs beside it") {
  Queue queue;
  queue.add(1, 2, true);
  queue.add(2, 2);
  queue.add(3, 2, true);
  CHECK(queue.next(Supply::ended, 1) == 2);
  CHECK(queue.next(Supply::ended, 1) == 0);
  CHECK(queue.next(Supply::stalled, 0) == 0);
  CHECK(queue.next(Supply::ended, 0) == 1);
  CHECK(queue.next(Supply::ended, 1) == 0);
  CHECK(queue.next(Supply::ended, 0) == 3);
}

TEST_CASE("only the last attempt has the machine for itself") {
  Queue queue{Backlog(2)};
  queue.add(1, 2, true);
  CHECK(queue.next(Supply::ended, 5) == 1);
  queue.add(1, 3, true);
  CHECK(queue.next(Supply::ended, 5) == 0);
  CHECK(queue.next(Supply::ended, 0) == 1);
  Queue untried{Backlog(0)};
  untried.add(2, 1, true);
  CHECK(untried.next(Supply::flowing, 5) == 2);
}

TEST_CASE("so many files wait for the end that memory stays bounded, and the others go beside new ones") {
  Queue queue;
  queue.add(1, 1);
  for (std::size_t i = 0; i < Backlog::most_waiting; ++i) {
    queue.add(10 + i, 2);
    queue.add(100'000 + i, 2, true);
  }
  CHECK(queue.next(Supply::flowing) == 1);
  CHECK(queue.next(Supply::flowing) == 0);
  queue.add(2, 1);
  queue.add(3, 2, true);  // there is no room for it among those that wait to be alone
  CHECK(queue.next(Supply::flowing) == 10);
  CHECK(queue.next(Supply::flowing) == 2);
  CHECK(queue.next(Supply::flowing) == 0);
}

TEST_CASE("a stop takes back every file that waits") {
  Queue queue;
  queue.add(1, 1);
  queue.add(2, 2);
  queue.add(3, 2, true);
  CHECK(queue.backlog.withdraw().size() == 3);
  CHECK(queue.backlog.empty());
}

TEST_CASE("memory that neighbours took, and damage by one of several files, need a last attempt alone") {
  CHECK(needs_all(MemoryShortage::of_machine, false));
  CHECK(needs_all(MemoryShortage::none, true));
  CHECK_FALSE(needs_all(MemoryShortage::of_worker, false));
  CHECK_FALSE(needs_all(MemoryShortage::none, false));
}

}  // namespace
}  // namespace wm
