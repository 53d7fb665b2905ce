#pragma once

// The line that shows the progress of a run. Pure: values in, text out.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/event/active_clock.h"
#include "supervisor/journal/ledger.h"

namespace wm {

struct Progress {
  Ledger ledger;               // its inputs: found so far
  bool scan_finished = false;  // the ledger's inputs are the total
  bool stopping = false;       // no more files are handed out
  std::chrono::duration<double> elapsed{};
  double files_per_second = 0;  // recently
  std::string workers;          // one letter each, see worker_letter()
};

/// What the terminal can show.
struct LineStyle {
  std::size_t columns = 79;  // the line has at most so many
  bool utf8 = false;         // the bar consists of block characters instead of ASCII
  bool colour = false;       // failures are red
};

/// None while the scan finds more, nothing is known of the pace, or it would take more than a thousand hours:
/// while nothing is finished, the pace sinks to nothing.
[[nodiscard]] std::optional<double> seconds_left(const Progress& progress);

/// For a log: "412/1000 (41 %)  85.2 files/s  ETA 0:07  2 failed  [dce.]"
[[nodiscard]] std::string progress_line(const Progress& progress);

/// For a terminal: "[####------]  41 %  412/1000  85.2/s  0:05  ETA 0:07  2 failed  [dce.]". Where there are
/// too few columns, the least important parts are left out.
[[nodiscard]] std::string terminal_line(const Progress& progress, const LineStyle& style);

/// "0:07", "12:40", "3:05:00".
[[nodiscard]] std::string short_duration(std::chrono::seconds duration);

/// Files per second over the last seconds, so that the estimate follows the current pace.
class Pace {
 public:
  using Clock = ActiveClock;
  /// Call it about once a second with the number of files finished so far.
  void observe(Clock::time_point now, std::uint64_t finished);
  [[nodiscard]] double files_per_second() const noexcept { return pace_; }

 private:
  std::optional<Clock::time_point> last_;
  std::uint64_t last_finished_ = 0;
  double pace_ = 0;
};

}  // namespace wm
