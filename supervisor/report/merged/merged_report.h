#pragma once

// A job with shards, as the journals of all of them describe it: `wm-supervisor report merge` shows it. Read
// shard by shard, without a lock and without changing anything, in memory that grows with the number of
// shards that have a directory, and not with that of the inputs.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/report/job_report.h"
#include "supervisor/report/merged/closing.h"
#include "supervisor/report/merged/merged_shard.h"
#include "supervisor/shards/sharded_job.h"

namespace wm {

struct MergedReport {
  ShardedJob job;
  /// All shards together, without runs and pictures. Inputs that the last run of a finished shard did not
  /// meet again are left out. The ledger includes what running shards say, all else only shards that could be
  /// read.
  JobReport whole;
  std::vector<MergedShard> shards;  // those that have a directory, in ascending order; all others are missing
  std::vector<std::string> strays;  // names of directories of shards of other numbers of shards, sorted
  LedgerClosing closing;
  // As the shards saw them that saw most:
  std::uint64_t unreadable_directories = 0;
  std::uint64_t links_not_followed = 0;
};

/// The directories of shards, by their names.
struct FoundShards {
  std::vector<std::uint32_t> own;   // ascending
  std::vector<std::string> strays;  // of other numbers of shards
};

/// Throws std::system_error when the directory cannot be read to its end.
[[nodiscard]] FoundShards find_shards(const JobDirectory& directory, const ShardedJob& job);

/// Calls `visit` with each shard of the job, in ascending order.
void for_each_shard(const MergedReport& report, const std::function<void(const MergedShard&)>& visit);

/// Called after each shard: whether the inputs that were visited count. They do not if a run has begun
/// meanwhile, or the journal turned out to be damaged.
using ShardEnd = std::function<void(bool count)>;

/// `limits`: pictures are not read.
[[nodiscard]] MergedReport merge_shards(const JobDirectory& directory, const ShardedJob& job,
                                        FoundShards found, const ReportLimits& limits,
                                        const InputVisitor& visit, const ShardEnd& end);

}  // namespace wm
