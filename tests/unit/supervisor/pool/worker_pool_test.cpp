// Starts of workers that fail.

#include "supervisor/pool/worker_pool.h"

#include "tests/support/catch.h"
#include "tests/support/worker_pool_fixture.h"

namespace wm {
namespace {

TEST_CASE("after a start that failed, no place is tried for a second") {
  test::WorkerPoolFixture fixture(5);
  const auto now = ActiveClock::now();
  CHECK(fixture.pool.start_due(now).problem);
  CHECK_FALSE(fixture.pool.start_due(now).problem);
  CHECK(fixture.pool.start_due(now + WorkerPool::pause_after_failed_start).problem);
  fixture.install_program();
  CHECK(fixture.pool.start_due(now + WorkerPool::pause_after_failed_start).started == 0);
  const WorkerPool::Starts starts = fixture.pool.start_due(now + 2 * WorkerPool::pause_after_failed_start);
  CHECK(starts.started == 5);
  CHECK_FALSE(starts.problem);
}

TEST_CASE("a worker that became ready at the last moment did not take too long to start") {
  test::WorkerPoolFixture fixture(1);
  fixture.install_program();
  const auto now = ActiveClock::now();
  REQUIRE(fixture.pool.start_due(now).started == 1);
  fixture.segment.status(WorkerIndex{0}).phase = static_cast<std::uint32_t>(WorkerPhase::ready);
  CHECK_FALSE(fixture.pool.start_due(now + 2 * test::WorkerPoolFixture::patience).problem);
  CHECK(fixture.pool.is_ready(WorkerIndex{0}));
  fixture.end(WorkerIndex{0});
  REQUIRE(fixture.deaths.size() == 1);
  CHECK(fixture.deaths[0].killed == KillReason::stop);
}

}  // namespace
}  // namespace wm
