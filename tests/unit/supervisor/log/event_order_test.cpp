#include "supervisor/log/event_order.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

constexpr std::int64_t now_ns = 1'000'000'000'000;
constexpr std::int64_t slack = EventOrder::slack_ns;

LogEvent at(std::int64_t time_ns, std::string message) {
  return {.time_ns = time_ns,
          .worker = std::nullopt,
          .level = LogLevel::info,
          .message = std::move(message),
          .sequence = 0,
          .task = 0};
}

std::string taken(EventOrder& order) {
  std::string messages;
  for (const LogEvent& event : order.take_complete()) messages += event.message;
  return messages;
}

TEST_CASE("events of many sources come in the order of time, equal ones as they were added") {
  EventOrder order;
  order.begin_turn(now_ns, false);
  order.add(at(now_ns - 2 * slack, "b"));
  order.add(at(now_ns - 3 * slack, "a"));
  order.add(at(now_ns - 2 * slack, "c"));
  CHECK(taken(order) == "abc");
  CHECK(order.waiting().empty());
}

TEST_CASE("events of the last moment wait, so that an earlier one of another source comes first") {
  EventOrder order;
  order.begin_turn(now_ns, false);
  order.add(at(now_ns - slack, "a"));
  order.add(at(now_ns - slack + 2, "c"));
  CHECK(taken(order) == "a");
  CHECK(order.waiting().size() == 1);
  order.begin_turn(now_ns + slack, false);
  order.add(at(now_ns - slack + 1, "b"));
  order.add(at(now_ns + 1, "d"));
  CHECK(taken(order) == "bc");
  order.begin_turn(now_ns + slack, true);
  CHECK(taken(order) == "d");
}

TEST_CASE("a clock that was set back holds nothing") {
  EventOrder order;
  order.begin_turn(now_ns, false);
  order.add(at(now_ns, "a"));
  CHECK(taken(order).empty());
  order.begin_turn(now_ns - 3'600'000'000'000, false);
  order.add(at(now_ns - 3'600'000'000'000, "b"));
  CHECK(taken(order) == "ba");
}

}  // namespace
}  // namespace wm
