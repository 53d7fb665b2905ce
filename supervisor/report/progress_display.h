#pragma once

// Shows the progress line on stderr: in place on a terminal, else as a plain line every 30 s. Main thread.

#include <chrono>
#include <cstdint>
#include <functional>

#include "supervisor/cli/job_settings.h"
#include "supervisor/event/active_clock.h"
#include "supervisor/report/progress_line.h"

namespace wm {

class ProgressDisplay {
 public:
  using Clock = ActiveClock;
  using Source = std::function<Progress()>;

  /// `shares_terminal`: the log also goes to stderr, and would be garbled by a line shown in place.
  ProgressDisplay(ProgressMode mode, bool quiet, bool shares_terminal, Clock::time_point began);

  /// Call it about ten times a second; asks `source` only when a line is due.
  void tick(Clock::time_point now, const Source& source);
  /// Shows the in-place line for the last time, and ends it.
  void finish(const Source& source) const;

 private:
  bool in_place_ = false;
  bool as_lines_ = false;
  Clock::time_point shown_;
};

}  // namespace wm
