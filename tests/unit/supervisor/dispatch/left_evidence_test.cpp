#include "supervisor/dispatch/left_evidence.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

constexpr RunToken run{7};

TEST_CASE("a task that no worker was at had not begun when all crash records are there") {
  TasksInProgress tasks;
  tasks.add(run, 1, TaskId{20});
  tasks.add(run, 0, TaskId{10});
  tasks.add(run, 2, TaskId{0});
  CHECK(tasks.may_have_begun(run, TaskId{10}));
  CHECK(tasks.may_have_begun(run, TaskId{20}));
  CHECK_FALSE(tasks.may_have_begun(run, TaskId{30}));
}

TEST_CASE("any task may have begun when a crash record is missing") {
  TasksInProgress tasks;
  CHECK(tasks.may_have_begun(run, TaskId{30}));
  tasks.add(run, 1, TaskId{20});
  CHECK(tasks.may_have_begun(run, TaskId{30}));
  tasks.add(RunToken{8}, 0, TaskId{10});
  CHECK(tasks.may_have_begun(run, TaskId{30}));
  tasks.add(run, 0xFFFF'FFFF, TaskId{0});  // somebody's rubbish
  CHECK(tasks.may_have_begun(run, TaskId{30}));
}

TEST_CASE("a worker that was started again has several crash records, and what each of them says counts") {
  TasksInProgress tasks;
  tasks.add(run, 0, TaskId{10});
  tasks.add(run, 0, TaskId{11});
  CHECK(tasks.may_have_begun(run, TaskId{10}));
  CHECK(tasks.may_have_begun(run, TaskId{11}));
  CHECK_FALSE(tasks.may_have_begun(run, TaskId{12}));
}

}  // namespace
}  // namespace wm
