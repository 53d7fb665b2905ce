#pragma once

// The last records of each worker, kept for the report on its death.

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "common/job/log_level.h"
#include "supervisor/log/log_event.h"
#include "supervisor/log/logged_line.h"

namespace wm {

class BlackBoxes {
 public:
  /// Records below `level` are not kept.
  BlackBoxes(unsigned workers, LogLevel level) : level_(level), recent_(workers), sealed_(workers) {}

  // ---- the collector's thread ----

  /// Call it in the order in which events are written.
  void remember(LogEvent event);
  /// The worker is dead; its last records may still be among the unwritten events.
  void seal(WorkerIndex worker, const std::vector<LogEvent>& unwritten);

  // ---- any thread ----

  /// The lines of the sealed life, which ended at `died_ns`, without the worker's printed output and messages
  /// about its death.
  [[nodiscard]] std::vector<LoggedLine> lines(WorkerIndex worker, std::int64_t died_ns) const;

 private:
  using Events = std::deque<LogEvent>;

  LogLevel level_;
  std::vector<Events> recent_;  // of each worker
  mutable std::mutex mutex_;
  std::vector<Events> sealed_;
};

}  // namespace wm
