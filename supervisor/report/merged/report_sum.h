#pragma once

// Adds the reports on the shards of a job to one on the whole job. One thread.

#include "supervisor/report/job_report.h"
#include "supervisor/report/problem_groups.h"

namespace wm {

/// Except for `ignored`: the files that are none of the job's are the same for each shard.
void add_to(Ledger& sum, const Ledger& ledger);

class ReportSum {
 public:
  /// Borrows `whole`, which has no figures yet.
  ReportSum(JobReport& whole, const ReportLimits& limits) : whole_(whole), limits_(limits) {}

  /// Memory does not grow with the number of shards, whatever their problems are.
  void add(JobReport shard);
  /// After the last of them.
  void finish();

 private:
  void add_problems(JobReport& shard);

  JobReport& whole_;
  const ReportLimits limits_;
  ProblemGroups groups_;
};

}  // namespace wm
