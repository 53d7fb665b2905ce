#pragma once

// Writes the file of --metrics-file every 15 seconds and at the end of the run. Main thread; a thread of its
// own does the writing.

#include <optional>

#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/run_table.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/report/background_writer.h"
#include "supervisor/report/metrics_text.h"
#include "supervisor/report/run_report.h"
#include "supervisor/run/run_state.h"

namespace wm {

class MetricsReport {
 public:
  /// Borrows all of them.
  MetricsReport(const JobSettings& settings, LogCollector& log, const RunReport& report)
      : settings_(settings), log_(log), report_(report) {}

  /// `times`: of this and earlier runs. `job` is asked before each change; none: there is no job to lose.
  void open(const RunTimes& times, const std::optional<JobDirectory>& job = std::nullopt);
  /// The job as it is now, once a second.
  void take(const JobStatus& status, RunState::Clock::time_point now);
  /// The job at its end; call end() afterwards.
  void finish(const JobStatus& status);
  /// Waits until that is written, at most until `deadline`.
  void end(BackgroundWriter::Clock::time_point deadline);

 private:
  [[nodiscard]] BackgroundWriter::Write write_of(const JobStatus& status) const;

  const JobSettings& settings_;
  LogCollector& log_;
  const RunReport& report_;
  MeasuredJob job_;
  RunTimes times_;
  std::optional<JobDirectory> directory_;
  std::optional<BackgroundWriter> writer_;
  RunState::Clock::time_point due_{};
};

}  // namespace wm
