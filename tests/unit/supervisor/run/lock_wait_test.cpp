#include "supervisor/run/lock_wait.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("who waits for a job looks at once, and ever more seldom") {
  CHECK(pause_between_looks(0ms) == 250ms);
  CHECK(pause_between_looks(10s) == 1s);
  CHECK(pause_between_looks(24h) == 10s);
  int looks = 0;
  for (auto waited = 0ms; waited < 180s; waited += pause_between_looks(waited)) ++looks;
  CHECK(looks < 60);
}

}  // namespace
}  // namespace wm
