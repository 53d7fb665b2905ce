#include "supervisor/report/report_text.h"

#include <algorithm>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "supervisor/report/amounts.h"
#include "supervisor/report/report_words.h"
#include "supervisor/report/run_summary.h"
#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t most_runs_shown = 20;
constexpr std::size_t most_groups_shown = 10;
constexpr std::size_t most_problems_shown = 10;

std::string run_line(const RunFigures& run) {
  return fmt::format("{:>5}  {:<20} {:>8} {:>9} {:>9} {:>7} {:>8}  {}\n", run.id, one_line(run.started),
                     duration_text(run.elapsed_s), run.ledger.inputs, run.done(), run.failed(), run.restarts,
                     run_end_words(run) + run_gap_words(run));
}

std::string run_lines(const JobReport& report) {
  if (report.runs.empty()) return {};
  std::string text = fmt::format("\n{:>5}  {:<20} {:>8} {:>9} {:>9} {:>7} {:>8}  {}\n", "run", "began",
                                 "time", "pictures", "done", "failed", "restarts", "end");
  const std::size_t shown = std::min(report.runs.size(), most_runs_shown);
  for (const RunFigures& run : std::span(report.runs).last(shown)) text += run_line(run);
  const std::uint64_t others = report.runs_left_out + report.runs.size() - shown;
  return others == 0 ? text : text + fmt::format("{} before\n", counted(others, "run", "runs"));
}

}  // namespace

std::string named_line(std::string_view name, std::string_view value) {
  return fmt::format("{:<10} {}\n", name, value);
}

std::string figure_lines(const JobReport& report) {
  std::string text;
  if (!report.output_directory.empty()) text += named_line("output", shown_path(report.output_directory));
  if (report.output_sizes.count() > 0) {
    text += named_line("sizes", fmt::format("{} read, {} written", bytes_text(report.input_bytes),
                                            bytes_text(report.output_bytes)));
  }
  const LatencyHistogram& times = report.picture_times;
  if (times.count() > 0) {
    text += named_line(
        "a picture",
        fmt::format("{} (median), 95 % in {}, 99 % in {}", short_time_text(times.quantile_s(0.5)),
                    short_time_text(times.quantile_s(0.95)), short_time_text(times.quantile_s(0.99))));
  }
  std::string routes;
  for (std::size_t i = 1; i < jpeg_route_count; ++i) {
    if (report.jpeg_routes[i] == 0) continue;
    routes += fmt::format("{}{} {}", routes.empty() ? "" : ", ", report.jpeg_routes[i], jpeg_route_names[i]);
  }
  return routes.empty() ? text : text + named_line("JPEG paths", routes);
}

std::string stage_lines(const JobReport& report) {
  const bool has_some =
      std::ranges::any_of(report.stages, [](const LatencyHistogram& stage) { return stage.count() > 0; });
  return has_some ? "\n" + stage_table(report.stages) : "";
}

std::string problem_lines(const JobReport& report) {
  if (report.problem_groups.empty()) return {};
  std::string text = "\nWhy pictures failed:\n";
  const std::size_t shown_groups = std::min(report.problem_groups.size(), most_groups_shown);
  std::uint64_t rest = report.ungrouped_problems;
  for (std::size_t i = 0; i < report.problem_groups.size(); ++i) {
    const ProblemGroup& group = report.problem_groups[i];
    if (i < shown_groups) {
      text += fmt::format("{:>9}  {}: {}\n", group.count, name(group.kind), one_line(group.message));
    } else {
      rest += group.count;
    }
  }
  if (rest > 0) text += fmt::format("{:>9}  for other reasons\n", rest);

  const std::size_t shown = std::min(report.problems.size(), most_problems_shown);
  const std::uint64_t others = report.problems.size() - shown + report.problems_left_out;
  text += others == 0 ? "\n" : fmt::format("\nThe first {} of {} pictures:\n", shown, shown + others);
  for (const Problem& problem : std::span(report.problems).first(shown)) {
    text +=
        fmt::format("  {} {}: {}: {}{}\n", problem.state == FinalState::failed ? "failed" : "quarantined",
                    shown_path(problem.input), name(problem.failure.kind), one_line(problem.failure.message),
                    problem.crash.empty() ? "" : fmt::format(" (crash {})", problem.crash));
  }
  return text;
}

std::string step_lines(const std::vector<NextStep>& steps) {
  std::string text = steps.empty() ? "" : "\nWhat you can do:\n";
  for (const NextStep& step : steps) {
    text += fmt::format("  {}\n", step.why);
    if (!step.command.empty()) text += fmt::format("      {}\n", step.command);
  }
  return text;
}

std::string job_report_text(const JobReport& report) {
  return outcome_sentence(report) + "\n\n" + named_line("job", shown_path(report.job_directory)) +
         figure_lines(report) + run_lines(report) + stage_lines(report) + problem_lines(report) +
         step_lines(next_steps(report));
}

}  // namespace wm
