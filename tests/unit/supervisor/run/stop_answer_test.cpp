#include "supervisor/run/stop_answer.h"

#include <csignal>

#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("Ctrl-C is answered with what happens now, and how it can be cut short") {
  StopRequest request{.signal = SIGINT, .on_terminal = true, .in_progress = 2, .grace = 10s};
  CHECK(stop_answer(request) == "finishing 2 pictures (up to 10 s); press Ctrl-C again to stop now");
  request.in_progress = 1;
  CHECK(stop_answer(request) == "finishing 1 picture (up to 10 s); press Ctrl-C again to stop now");
  request.grace = 1500ms;
  CHECK(stop_answer(request) == "finishing 1 picture (up to 1.5 s); press Ctrl-C again to stop now");
  request.grace = 10min;
  CHECK(stop_answer(request) == "finishing 1 picture (up to 10 min); press Ctrl-C again to stop now");
  request.in_progress = 0;
  CHECK(stop_answer(request) == "stopping; no picture is in progress");
}

TEST_CASE("a signal from elsewhere is answered without keys that nobody can press") {
  StopRequest request{.signal = SIGTERM, .on_terminal = true, .in_progress = 2, .grace = 10s};
  CHECK(stop_answer(request) == "finishing 2 pictures (up to 10 s); press Ctrl-C to stop now");
  request.on_terminal = false;
  CHECK(stop_answer(request) == "finishing 2 pictures (up to 10 s); a second signal stops at once");
}

TEST_CASE("what is given up is left for the next run") {
  StopRequest request{.signal = SIGINT, .on_terminal = true, .in_progress = 2};
  CHECK(stop_answer(request) == "stopping now; 2 pictures in progress are left for the next run");
  request.in_progress = 1;
  CHECK(stop_answer(request) == "stopping now; 1 picture in progress is left for the next run");
  request.in_progress = 0;
  CHECK(stop_answer(request) == "stopping now");
}

}  // namespace
}  // namespace wm
