#pragma once

// A job as its journal describes it: the runs, their figures over time, and how the inputs stand now.
// `wm-supervisor report` shows it as text, JSON and HTML. Values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/job/outcome.h"
#include "supervisor/dispatch/latency_histogram.h"
#include "supervisor/journal/file_table.h"
#include "supervisor/journal/job_history.h"
#include "supervisor/journal/ledger.h"
#include "supervisor/journal/run_figures.h"
#include "supervisor/report/problem_groups.h"

namespace wm {

/// A published picture, as an example: for the gallery of the HTML report.
struct ReportPicture {
  std::string input;           // absolute, bytes
  std::size_t shown_from = 0;  // see InputFile::shown_from
  std::string output;          // absolute, bytes; below the output directory when that is unknown
  std::int64_t input_size = 0, output_size = 0;
  std::uint64_t elapsed_ns = 0;  // in all stages
};

/// How the last run of a job ended. The lock is free, so a run without an end has died. `running`: it is not,
/// and what was read is a copy of the run's journal.
enum class JobEnd : std::uint8_t { never_run, finished, stopped_early, died, running };

struct JobReport {
  std::string job_directory;          // absolute
  std::string output_directory;       // absolute, of the last run; "" when unknown
  std::int64_t made_ns = 0;           // when the journal was read, since the epoch
  std::optional<std::int64_t> since;  // only inputs and runs from that run on
  JobEnd end{};
  /// All inputs, as they stand now. `pending()` includes those that were begun and, with `unmet`, those that
  /// the last run found and did not reach; `up_to_date` are files that --overwrite never leaves as they are.
  Ledger ledger;
  std::uint64_t unmet = 0;
  bool more_may_be_unmet = false;   // `unmet` is what is certain, and so are the ledger's inputs
  std::uint64_t not_met_again = 0;  // inputs of earlier runs that CountedInputs leaves out of all figures
  /// Marked pictures of which only the readable part is marked, as far as the runs in `runs` have counted
  /// them.
  std::uint64_t damaged = 0;
  std::vector<RunFigures> runs;  // the last ones, the oldest first, at most as many as asked for
  std::uint64_t runs_left_out = 0;
  std::uint64_t input_bytes = 0, output_bytes = 0;  // of all published pictures
  LatencyHistogram picture_times;                   // of marked pictures, all stages together
  LatencyHistogram input_sizes, output_sizes;       // bytes, of published pictures
  StageHistograms stages;                           // of the runs in `runs` together
  std::array<std::uint64_t, jpeg_route_count> jpeg_routes{};
  std::map<std::string, std::uint64_t> jpeg_reasons;      // bounded as in RunReport
  std::array<std::uint64_t, failure_kind_count> kinds{};  // problems of each kind
  std::vector<ProblemGroup> problem_groups;  // the most frequent first, bounded; the rest is counted
  std::uint64_t ungrouped_problems = 0;      // problems in no group of the list
  std::vector<Problem> problems;             // failed and quarantined inputs, at most as many as asked for
  std::uint64_t problems_left_out = 0;       // beyond those
  std::vector<ReportPicture> sampled, slowest, largest;
};

struct ReportLimits {
  std::size_t runs = 100;
  std::size_t problems = 2000;
  std::size_t problem_groups = 100;
  std::size_t pictures = 12;  // in each of the three lists of pictures
};

/// Of which inputs a report has the figures.
enum class CountedInputs : std::uint8_t {
  all,          // that the journal has
  of_last_run,  // those that the last run met, if it reached its end; otherwise all
};

/// `report`: of which runs and directories are known so far.
using InputVisitor = std::function<void(const InputHistory& input, const JobReport& report)>;

/// The report without what is known only from the inputs. Throws UsageError when the journal is damaged, or
/// has no run `since`.
[[nodiscard]] JobReport read_runs(JobHistory& history, const ReportLimits& limits = {},
                                  std::optional<std::int64_t> since = std::nullopt);
/// The whole report, in bounded memory: each input is read once. Throws UsageError when it is damaged, or has
/// no run `since`.
[[nodiscard]] JobReport read_job_report(JobHistory& history, const ReportLimits& limits = {},
                                        std::optional<std::int64_t> since = std::nullopt);
/// The same for all runs. `visit` also gets each input that is counted.
[[nodiscard]] JobReport read_job_report(JobHistory& history, const ReportLimits& limits,
                                        CountedInputs counted, const InputVisitor& visit);

}  // namespace wm
