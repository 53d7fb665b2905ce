#pragma once

// Reads one shard of a job: how it stands, and the figures of its inputs. One thread.

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/report/job_report.h"
#include "supervisor/report/merged/merged_shard.h"

namespace wm {

struct ReadShard {
  MergedShard shard;
  JobReport report;  // only if `counts`
  bool counts = false;
};

/// `directory` is that of the whole job. Nothing that is wrong with a shard throws: its state says so.
/// `visit` gets the inputs, also those of a shard that does not count in the end.
[[nodiscard]] ReadShard read_shard(const JobDirectory& directory, const Shard& shard,
                                   const ReportLimits& limits, const InputVisitor& visit);

}  // namespace wm
