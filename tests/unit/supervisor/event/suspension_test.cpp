// Time in which the process stood still, as the event loop sees it.

#include <csignal>
#include <vector>

#include "supervisor/event/active_clock.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/event/signal_queue.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the clock leaves a pause out") {
  const auto before = ActiveClock::now();
  ActiveClock::leave_out(1h);
  const auto after = ActiveClock::now();
  CHECK(before - after > 50min);
  ActiveClock::leave_out(-1h);
  CHECK(ActiveClock::now() >= before);
}

TEST_CASE("a wait that SIGCONT ended was too long by the time the process was stopped") {
  CHECK(suspended_for(5100ms, 100ms, 1ms, true) == 5s);
  CHECK(suspended_for(400ms, 100ms, 1ms, true) == 300ms);
  CHECK(suspended_for(90ms, 100ms, 1ms, true) == 0s);
}

TEST_CASE("a process that was stopped in the middle of its work stood still, too") {
  CHECK(suspended_for(90ms, 100ms, 7s, true) == 7s);
  CHECK(suspended_for(90ms, 100ms, 400ms, true) == 0s);  // work
  CHECK(suspended_for(90ms, 100ms, 7s, false) == 0s);    // a slow disk
}

TEST_CASE("without SIGCONT only a wait that no load explains counts, as after a frozen control group") {
  CHECK(suspended_for(900ms, 100ms, 1ms, false) == 0s);
  CHECK(suspended_for(60s, 100ms, 1ms, false) == 59'900ms);
}

TEST_CASE("the event loop says how long it waited before it runs any callback") {
  EventLoop loop;
  std::vector<std::chrono::nanoseconds> waits;
  loop.on_wake([&](const EventLoop::Turn& turn) { waits.push_back(turn.waited); });
  loop.wait(3ms);
  REQUIRE(waits.size() == 1);
  CHECK(waits[0] >= 2ms);
}

TEST_CASE("SIGCONT is seen until it is taken") {
  const SignalQueue signals;
  CHECK_FALSE(SignalQueue::was_continued());
  ::raise(SIGCONT);
  CHECK(SignalQueue::was_continued());
  CHECK(signals.take() == SIGCONT);
  CHECK_FALSE(SignalQueue::was_continued());
}

}  // namespace
}  // namespace wm
