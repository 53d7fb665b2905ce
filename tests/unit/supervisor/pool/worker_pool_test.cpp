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

}  // namespace
}  // namespace wm
