#include "supervisor/dispatch/deadline_policy.h"
#include "supervisor/dispatch/last_attempts.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

Assignment assignment(std::uint64_t id) {
  return {.task = {.id = static_cast<TaskId>(id), .attempt = 2, .input = "/in", .output = "out"}};
}

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

TEST_CASE("only a second or later attempt that is the last one runs alone") {
  CHECK(runs_alone(2, 1));
  CHECK(runs_alone(4, 3));
  CHECK_FALSE(runs_alone(1, 0));
  CHECK_FALSE(runs_alone(1, 1));
  CHECK_FALSE(runs_alone(2, 2));
}

TEST_CASE("last attempts wait for the other files to be done") {
  LastAttempts last;
  CHECK_FALSE(last.take_turn(false));
  last.add(assignment(1));
  CHECK_FALSE(last.take_turn(true));
  CHECK(last.take_turn(false));
  CHECK(last.take_turn(true));  // they are not interrupted
  CHECK(last.next().task.id == TaskId{1});
  CHECK(last.empty());
  CHECK_FALSE(last.take_turn(true));
}

TEST_CASE("many last attempts do not wait, and all of them go first") {
  LastAttempts last;
  for (std::size_t i = 0; i < LastAttempts::many; ++i) {
    CHECK_FALSE(last.take_turn(true));
    last.add(assignment(i));
  }
  for (std::size_t i = 0; i < LastAttempts::many; ++i) {
    REQUIRE(last.take_turn(true));
    CHECK(last.next().task.id == static_cast<TaskId>(i));
  }
  CHECK_FALSE(last.take_turn(true));
}

TEST_CASE("a stop takes back all last attempts") {
  LastAttempts last;
  last.add(assignment(1));
  last.add(assignment(2));
  CHECK(last.withdraw().size() == 2);
  CHECK(last.empty());
}

}  // namespace
}  // namespace wm
