#pragma once

// Collects once a second what a running job looks like, for status.json, --progress json and the metrics.
// Main thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/report/status_writer.h"
#include "supervisor/run/input_feed.h"
#include "supervisor/run/memory_control.h"
#include "supervisor/run/metrics_report.h"
#include "supervisor/run/outcome_recorder.h"
#include "supervisor/run/run_progress.h"
#include "supervisor/run/run_state.h"

namespace wm {

class StatusReport {
 public:
  /// Borrowed.
  struct Parts {
    const RunState& state;
    LogCollector& log;
    const MappedSegment& segment;
    const InputFeed& feed;
    const WorkerPool& pool;
    const CrashRecords& crash_records;
    const MemoryControl& memory;
    Dispatcher& dispatcher;
    const OutcomeRecorder& recorder;
    const RunProgress& progress;
    const RunReport& report;
    MetricsReport& metrics;
  };
  StatusReport(const JobSettings& settings, const Parts& parts);

  /// From now on there is a job directory. Call it after MetricsReport::open().
  void open(const JobDirectory& job);
  /// About ten times a second.
  void tick(RunState::Clock::time_point now);
  /// Something has changed that nobody should have to wait a second for.
  void hurry() { due_ = {}; }
  /// The last one, with the ledger of the report.
  void finish(int exit_code, const std::string& reason);

  /// Of all workers together, when last collected.
  [[nodiscard]] std::uint64_t resident_bytes() const noexcept { return resident_bytes_; }

 private:
  /// Since when a worker is in its stage, as far as it was seen.
  struct SeenStage {
    std::uint64_t ticket = 0;
    std::uint32_t stage = 0;
    RunState::Clock::time_point since{};
  };
  [[nodiscard]] JobStatus status(RunState::Clock::time_point now) const;
  [[nodiscard]] JobPhase phase() const;
  void see_stages(RunState::Clock::time_point now);
  [[nodiscard]] WorkerView view(WorkerIndex worker, RunState::Clock::time_point now) const;

  const JobSettings& settings_;
  Parts parts_;
  std::optional<StatusWriter> writer_;
  std::vector<SeenStage> seen_;
  std::vector<std::string> inputs_;  // of the workers, as the supervisor gave them out; "" for none
  RunState::Clock::time_point due_{};
  std::uint64_t resident_bytes_ = 0;
};

}  // namespace wm
