// When workers that cannot be started end the run.

#include "supervisor/run/worker_restarts.h"

#include "tests/support/catch.h"
#include "tests/support/worker_pool_fixture.h"

namespace wm {
namespace {

TEST_CASE("only failed starts in a row, with no worker alive, stop the run") {
  test::WorkerPoolFixture fixture(1);
  auto now = ActiveClock::now();
  RunState state(now);
  WorkerRestarts restarts(fixture.pool, state, RestartPolicy::usual_first_pause);
  const auto try_to_start = [&](int times) {
    for (int i = 0; i < times; ++i) {
      restarts.start_due(now, fixture.log);
      now += WorkerPool::pause_after_failed_start;
    }
  };
  try_to_start(4);
  CHECK_FALSE(state.stopping());
  fixture.install_program();
  try_to_start(1);
  REQUIRE(fixture.pool.alive() == 1);
  fixture.remove_program();
  fixture.end(WorkerIndex{0});
  try_to_start(4);
  CHECK_FALSE(state.stopping());
  try_to_start(1);
  REQUIRE(state.stop());
  CHECK(state.stop()->reason.starts_with("workers cannot be started: "));
}

TEST_CASE("several places that cannot be filled at once are one failed start") {
  test::WorkerPoolFixture fixture(8);
  const auto now = ActiveClock::now();
  RunState state(now);
  WorkerRestarts restarts(fixture.pool, state, RestartPolicy::usual_first_pause);
  for (int turn = 0; turn < 8; ++turn) restarts.start_due(now, fixture.log);
  CHECK_FALSE(state.stopping());
}

}  // namespace
}  // namespace wm
