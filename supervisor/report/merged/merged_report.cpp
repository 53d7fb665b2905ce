#include "supervisor/report/merged/merged_report.h"

#include <algorithm>
#include <utility>

#include "common/os/realtime.h"
#include "supervisor/report/merged/report_sum.h"
#include "supervisor/report/merged/shard_reader.h"
#include "supervisor/text/absolute_path.h"

namespace wm {

FoundShards find_shards(const JobDirectory& directory, const ShardedJob& job) {
  FoundShards found;
  for (std::string& name : directory.names()) {
    const auto shard = shard_of_directory(name);
    if (shard && shard->count == job.shards) found.own.push_back(shard->index);
    if (shard && shard->count != job.shards) found.strays.push_back(std::move(name));
  }
  return found;
}

void for_each_shard(const MergedReport& report, const std::function<void(const MergedShard&)>& visit) {
  MergedShard missing;
  const auto visit_missing_before = [&](std::uint32_t index) {
    while (++missing.index < index) visit(missing);
  };
  for (const MergedShard& shard : report.shards) {
    visit_missing_before(shard.index);
    visit(shard);
  }
  visit_missing_before(report.job.shards + 1);
}

MergedReport merge_shards(const JobDirectory& directory, const ShardedJob& job, FoundShards found,
                          const ReportLimits& limits, const InputVisitor& visit, const ShardEnd& end) {
  MergedReport merged{.job = job,
                      .whole = {.job_directory = absolute_from_here(directory.path()),
                                .output_directory = {},
                                .made_ns = realtime_ns()},
                      .shards = {},
                      .strays = std::move(found.strays),
                      .closing = {}};
  ReportSum sum(merged.whole, limits);
  for (const std::uint32_t index : found.own) {
    ReportLimits of_shard = limits;
    of_shard.problem_groups = ProblemGroups::most;  // what is rare in one shard may be frequent in all
    of_shard.pictures = 0;
    of_shard.problems = limits.problems - std::min(limits.problems, merged.whole.problems.size());
    ReadShard read = read_shard(directory, {.index = index, .count = job.shards}, of_shard, visit);
    if (read.counts && is_of_another_job(job, read.shard)) {
      read.counts = false;
      read.shard.ledger = {};
    }
    end(read.counts);
    merged.unreadable_directories =
        std::max(merged.unreadable_directories, read.shard.unreadable_directories);
    merged.links_not_followed = std::max(merged.links_not_followed, read.shard.links_not_followed);
    // Otherwise the ledger is empty, or what the status of a running shard says.
    read.counts ? sum.add(std::move(read.report)) : add_to(merged.whole.ledger, read.shard.ledger);
    merged.shards.push_back(std::move(read.shard));
  }
  sum.finish();
  merged.closing = close_ledger(job, merged.shards, !merged.strays.empty());
  return merged;
}

}  // namespace wm
