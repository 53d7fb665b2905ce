#pragma once

// Sorts the events of many sources by time. An event gets its time shortly before it can be read, so some of
// the latest events may still be missing: the latest wait for the next turn. Pure.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "supervisor/log/log_event.h"

namespace wm {

class EventOrder {
 public:
  static constexpr std::int64_t slack_ns = 20'000'000;

  /// Call it before the sources are read. Nothing waits any more `at_end`, or when the clock was set back.
  void begin_turn(std::int64_t now_ns, bool at_end) noexcept {
    const bool clock_went_back = !events_.empty() && events_.back().time_ns > now_ns;
    horizon_ns_ = clock_went_back || at_end ? std::numeric_limits<std::int64_t>::max() : now_ns - slack_ns;
  }
  void add(LogEvent event) { events_.push_back(std::move(event)); }
  /// All events that take_complete() has not returned yet.
  [[nodiscard]] const std::vector<LogEvent>& waiting() const noexcept { return events_; }

  /// In order of time; events of the same time are in the order in which they were added.
  [[nodiscard]] std::vector<LogEvent> take_complete() {
    std::ranges::stable_sort(events_, {}, &LogEvent::time_ns);
    const auto later = std::ranges::upper_bound(events_, horizon_ns_, {}, &LogEvent::time_ns);
    std::vector<LogEvent> complete(std::move_iterator(events_.begin()), std::move_iterator(later));
    events_.erase(events_.begin(), later);
    return complete;
  }

 private:
  std::vector<LogEvent> events_;  // sorted after take_complete()
  std::int64_t horizon_ns_ = 0;   // up to here all events have arrived
};

}  // namespace wm
