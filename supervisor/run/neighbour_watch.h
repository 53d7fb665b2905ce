#pragma once

// Checks from time to time whether another job writes into the same output directory, and reports each such
// job once. Main thread.

#include <optional>
#include <string>
#include <utility>

#include "supervisor/event/active_clock.h"
#include "supervisor/journal/output_claim.h"
#include "supervisor/log/log_collector.h"

namespace wm {

class NeighbourWatch {
 public:
  using Clock = ActiveClock;

  /// `output` is the directory's name for messages. Borrows the log.
  NeighbourWatch(std::string output, LogCollector& log) : output_(std::move(output)), log_(log) {}

  /// Claims the descriptor's directory. Only warns where the file system has no locks.
  void begin(int directory);
  void tick(Clock::time_point now);

 private:
  void report_new();

  std::string output_;
  LogCollector& log_;
  std::optional<OutputClaim> claim_;
  Clock::time_point next_look_{};
};

}  // namespace wm
