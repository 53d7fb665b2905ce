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

  /// `output` is the directory's name for messages. Of a job with shards, `shards` is the directory of all
  /// shards: those are no strangers; otherwise "". Borrows the log.
  NeighbourWatch(std::string output, std::string shards, LogCollector& log)
      : output_(std::move(output)), shards_(std::move(shards)), log_(log) {}

  /// Claims the descriptor's directory. Only warns where the file system has no locks.
  void begin(int directory);
  void tick(Clock::time_point now);

 private:
  void report_new();
  [[nodiscard]] bool is_shard_of_this_job(const OutputNeighbour& neighbour) const;

  std::string output_;
  std::string shards_;
  LogCollector& log_;
  std::optional<OutputClaim> claim_;
  Clock::time_point next_look_{};
};

}  // namespace wm
