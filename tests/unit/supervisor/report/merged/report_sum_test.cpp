#include "supervisor/report/merged/report_sum.h"

#include <map>
#include <string>

#include "tests/support/catch.h"

namespace wm {
namespace {

/// Every figure differs from every other one.
JobReport shard_report(std::uint64_t factor) {
  JobReport report;
  report.ledger = {.inputs = 100 * factor,
                   .marked = 11 * factor,
                   .unmarked = 12 * factor,
                   .up_to_date = 13 * factor,
                   .failed = 14 * factor,
                   .quarantined = 15 * factor,
                   .ignored = 16 * factor};
  report.unmet = 21 * factor;
  report.not_met_again = 22 * factor;
  report.damaged = 23 * factor;
  report.input_bytes = 24 * factor;
  report.output_bytes = 25 * factor;
  for (std::uint64_t i = 0; i < factor; ++i) {
    report.picture_times.add(1000);
    report.input_sizes.add(2000);
    report.output_sizes.add(3000);
    for (LatencyHistogram& stage : report.stages) stage.add(4000);
  }
  for (std::size_t i = 0; i < jpeg_route_count; ++i) report.jpeg_routes[i] = (31 + i) * factor;
  report.jpeg_reasons = {{"arithmetic", 41 * factor}, {"of shard " + std::to_string(factor), 42}};
  for (std::size_t i = 0; i < failure_kind_count; ++i) report.kinds[i] = (51 + i) * factor;
  report.problem_groups = {{.kind = FailureKind::corrupt, .message = "is cut off", .count = 61 * factor}};
  report.ungrouped_problems = 62 * factor;
  report.problems.emplace_back().input = "/in/" + std::to_string(factor);
  report.problems_left_out = 63 * factor;
  report.output_directory = "/out/" + std::to_string(factor);
  return report;
}

TEST_CASE("each figure of the whole job is the sum of those of its shards") {
  JobReport whole;
  ReportSum sum(whole, {});
  sum.add(shard_report(1));
  sum.add(shard_report(3));
  sum.finish();
  const Ledger& ledger = whole.ledger;
  CHECK(ledger.inputs == 400);
  CHECK(ledger.marked == 44);
  CHECK(ledger.unmarked == 48);
  CHECK(ledger.up_to_date == 52);
  CHECK(ledger.failed == 56);
  CHECK(ledger.quarantined == 60);
  CHECK(ledger.ignored == 48);  // the same files, as the shard saw them that saw most
  CHECK(whole.unmet == 84);
  CHECK(whole.not_met_again == 88);
  CHECK(whole.damaged == 92);
  CHECK(whole.input_bytes == 96);
  CHECK(whole.output_bytes == 100);
  CHECK(whole.picture_times.count() == 4);
  CHECK(whole.input_sizes.count() == 4);
  CHECK(whole.output_sizes.count() == 4);
  for (const LatencyHistogram& stage : whole.stages) CHECK(stage.count() == 4);
  for (std::size_t i = 0; i < jpeg_route_count; ++i) CHECK(whole.jpeg_routes[i] == 4 * (31 + i));
  CHECK(whole.jpeg_reasons ==
        std::map<std::string, std::uint64_t>{{"arithmetic", 164}, {"of shard 1", 42}, {"of shard 3", 42}});
  for (std::size_t i = 0; i < failure_kind_count; ++i) CHECK(whole.kinds[i] == 4 * (51 + i));
  REQUIRE(whole.problem_groups.size() == 1);
  CHECK(whole.problem_groups[0].count == 244);
  CHECK(whole.ungrouped_problems == 248);
  REQUIRE(whole.problems.size() == 2);
  CHECK(whole.problems[1].input == "/in/3");
  CHECK(whole.problems_left_out == 252);
  CHECK(whole.output_directory == "/out/1");
}

TEST_CASE("problems beyond the limit are counted") {
  JobReport whole;
  ReportSum sum(whole, {.problems = 1});
  sum.add(shard_report(1));
  sum.add(shard_report(2));
  sum.finish();
  CHECK(whole.problems.size() == 1);
  CHECK(whole.problems_left_out == 63 + 2 * 63 + 1);
}

}  // namespace
}  // namespace wm
