#include "supervisor/run/run_state.h"

#include <csignal>

#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;
using Phase = RunState::Phase;

constexpr RunState::Clock::time_point start{std::chrono::hours(1)};

TEST_CASE("a run goes from starting to concluding") {
  RunState state(start);
  CHECK(state.phase() == Phase::starting);
  state.worker_is_ready(start + 1s);
  state.worker_is_ready(start + 2s);
  CHECK(state.phase() == Phase::running);
  CHECK(state.first_ready() == start + 1s);
  CHECK_FALSE(state.stopping());
  state.conclude();
  CHECK(state.stopping());
  CHECK_FALSE(state.stop());
}

TEST_CASE("the first reason to stop counts, and is carried out once") {
  RunState state(start);
  CHECK(state.take_stop_request(false) == nullptr);
  state.request_stop({.exit_code = 3, .reason = "first", .grace = 10s}, start);
  state.request_stop({.exit_code = 1, .reason = "second"}, start);
  CHECK(state.phase() == Phase::stopping);
  CHECK(state.stop_is_requested());
  const RunState::Stop* const stop = state.take_stop_request(true);
  REQUIRE(stop != nullptr);
  CHECK(stop->reason == "first");
  CHECK(state.all_inputs_were_found());
  CHECK_FALSE(state.stop_is_requested());
  CHECK(state.take_stop_request(false) == nullptr);
  CHECK(state.all_inputs_were_found());
}

TEST_CASE("files in progress have the grace of the stop, and it can only become shorter") {
  RunState state(start);
  CHECK_FALSE(state.grace_is_over(start + 24h));
  state.request_stop({.grace = 10s}, start);
  CHECK_FALSE(state.grace_is_over(start + 9s));
  CHECK(state.grace_is_over(start + 10s));
  state.shorten_grace(start + 20s);
  CHECK(state.grace_is_over(start + 10s));
  state.shorten_grace(start + 2s);
  CHECK(state.grace_is_over(start + 2s));
}

TEST_CASE("a SIGTERM soon after another one is the same request, a SIGINT never is") {
  RunState state(start);
  CHECK(state.take_stop_signal(SIGTERM, start));
  CHECK_FALSE(state.take_stop_signal(SIGTERM, start));
  CHECK_FALSE(state.take_stop_signal(SIGTERM, start + 1999ms));
  CHECK(state.stop_signals() == 1);
  CHECK(state.take_stop_signal(SIGTERM, start + 2s));
  CHECK_FALSE(state.take_stop_signal(SIGTERM, start + 3s));
  CHECK(state.stop_signals() == 2);
  CHECK(state.take_stop_signal(SIGINT, start + 3s));
  CHECK(state.take_stop_signal(SIGINT, start + 3s));
  CHECK(state.take_stop_signal(SIGQUIT, start + 3s));
  CHECK(state.stop_signals() == 5);
}

TEST_CASE("a worker that becomes ready while the run stops does not start it again") {
  RunState state(start);
  state.request_stop({}, start);
  state.worker_is_ready(start + 1s);
  CHECK(state.phase() == Phase::stopping);
  CHECK(state.worker_was_ready());
}

}  // namespace
}  // namespace wm
