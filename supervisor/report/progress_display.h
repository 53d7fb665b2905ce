#pragma once

// Shows the progress on stderr: as a line in place on a terminal, else as a plain line every 30 s. Main
// thread.

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "supervisor/cli/job_settings.h"
#include "supervisor/event/active_clock.h"
#include "supervisor/report/progress_line.h"

namespace wm {

enum class ProgressForm : std::uint8_t {
  none,      // also with --progress json: StatusReport writes the objects
  in_place,  // one line, redrawn
  lines,     // a line every 30 s
};

/// What stderr has to show besides the progress.
enum class StderrUse : std::uint8_t {
  messages,
  debugger,  // it talks to the user there
  log,       // the log file is stderr: lines of progress would lie between those that a program may read
};

/// Pure. `can_redraw`: stderr is a terminal that understands the sequences of draw_status_line().
[[nodiscard]] ProgressForm progress_form(ProgressMode mode, bool quiet, StderrUse use, bool can_redraw);

/// Whether a terminal with this $TERM (null: unset) can move its cursor. Pure.
[[nodiscard]] bool knows_sequences(const char* term);

class ProgressDisplay {
 public:
  using Clock = ActiveClock;
  using Source = std::function<Progress()>;

  ProgressDisplay(ProgressMode mode, bool quiet, StderrUse use, Clock::time_point began);
  /// Removes the line.
  ~ProgressDisplay() { finish(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// Call it about ten times a second; asks `source` only when a line is due. A terminal that was resized is
  /// drawn at once. In the background the terminal belongs to others, and nothing is drawn.
  void tick(Clock::time_point now, const Source& source);
  /// Removes the line, for good.
  void finish();

 private:
  ProgressForm form_;
  LineStyle style_;
  Clock::time_point shown_;
};

}  // namespace wm
