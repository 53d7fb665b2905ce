#include "supervisor/report/merged/report_sum.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "supervisor/report/increase.h"
#include "supervisor/report/run_report.h"

namespace wm {

void add_to(Ledger& sum, const Ledger& ledger) {
  increase(sum.inputs, ledger.inputs);
  increase(sum.marked, ledger.marked);
  increase(sum.unmarked, ledger.unmarked);
  increase(sum.up_to_date, ledger.up_to_date);
  increase(sum.failed, ledger.failed);
  increase(sum.quarantined, ledger.quarantined);
  sum.ignored = std::max(sum.ignored, ledger.ignored);
}

void ReportSum::add(JobReport shard) {
  add_to(whole_.ledger, shard.ledger);
  increase(whole_.unmet, shard.unmet);
  whole_.more_may_be_unmet = whole_.more_may_be_unmet || shard.more_may_be_unmet;
  increase(whole_.not_met_again, shard.not_met_again);
  increase(whole_.damaged, shard.damaged);
  increase(whole_.input_bytes, shard.input_bytes);
  increase(whole_.output_bytes, shard.output_bytes);
  whole_.picture_times.add(shard.picture_times);
  whole_.input_sizes.add(shard.input_sizes);
  whole_.output_sizes.add(shard.output_sizes);
  for (std::size_t i = 0; i < stage_count; ++i) whole_.stages[i].add(shard.stages[i]);
  for (std::size_t i = 0; i < jpeg_route_count; ++i) increase(whole_.jpeg_routes[i], shard.jpeg_routes[i]);
  for (const auto& [reason, count] : shard.jpeg_reasons) count_reason(whole_.jpeg_reasons, reason, count);
  if (whole_.output_directory.empty()) whole_.output_directory = std::move(shard.output_directory);
  add_problems(shard);
}

void ReportSum::add_problems(JobReport& shard) {
  for (std::size_t i = 0; i < failure_kind_count; ++i) increase(whole_.kinds[i], shard.kinds[i]);
  for (const ProblemGroup& group : shard.problem_groups) groups_.add(group.kind, group.message, group.count);
  groups_.add_ungrouped(shard.ungrouped_problems);
  const std::size_t room = limits_.problems - std::min(limits_.problems, whole_.problems.size());
  const std::size_t taken = std::min(room, shard.problems.size());
  std::move(shard.problems.begin(), shard.problems.begin() + static_cast<std::ptrdiff_t>(taken),
            std::back_inserter(whole_.problems));
  increase(whole_.problems_left_out, shard.problems.size() - taken + shard.problems_left_out);
}

void ReportSum::finish() {
  auto [groups, ungrouped] = groups_.list(limits_.problem_groups);
  whole_.problem_groups = std::move(groups);
  whole_.ungrouped_problems = ungrouped;
}

}  // namespace wm
