#pragma once

// A running job as metrics for Prometheus, in the text format that node_exporter's textfile collector reads.
// docs/monitoring.md lists the metrics. No label has a value for each picture or worker, so that the number
// of time series of a job is fixed. Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/job/outcome.h"
#include "supervisor/cli/shard.h"
#include "supervisor/dispatch/latency_histogram.h"
#include "supervisor/report/job_status.h"

namespace wm {

/// Whose metrics they are.
struct MeasuredJob {
  std::string directory;       // absolute path of the job directory, with shards the one of all, bytes
  std::optional<Shard> shard;  // of a run with --shard
};

struct JobMetrics {
  MeasuredJob job;
  JobStatus status;
  std::array<std::uint64_t, failure_kind_count> failures{};  // failed or quarantined inputs of each kind
  std::array<LatencyHistogram, stage_count> stages;
  std::int64_t first_start_s = 0;   // when the job's first run began
  std::int64_t last_success_s = 0;  // when a run of the job last ended with exit code 0; 0: never
};

/// The first bytes of every such text.
inline constexpr std::string_view metrics_beginning = "# HELP wm_supervisor_";

/// The labels that every sample begins with: `job="/out/.wm-supervisor",shard="3"`, the second one only with
/// a shard.
[[nodiscard]] std::string job_labels(const MeasuredJob& job);

[[nodiscard]] std::string metrics_text(const JobMetrics& metrics);

}  // namespace wm
