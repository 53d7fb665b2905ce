#include "supervisor/report/job_report.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "common/os/realtime.h"
#include "supervisor/report/increase.h"
#include "supervisor/report/run_report.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// A journal of an earlier version does not know where its outputs are.
std::string output_directory_of(const JobReport& report) {
  if (!report.runs.empty() && !report.runs.back().output_directory.empty())
    return report.runs.back().output_directory;
  constexpr std::string_view usual = "/.wm-supervisor";
  const std::string& job = report.job_directory;
  return job.ends_with(usual) ? job.substr(0, job.size() - usual.size()) : std::string{};
}

/// The message without the names of its input and output, so that problems of one kind are one group.
std::string without_names(std::string message, const InputHistory& input) {
  constexpr std::string_view instead = "...";
  constexpr std::size_t shortest = 4;  // shorter names may be parts of words
  const std::string_view path = input.input;
  for (const std::string_view name : {path, path.substr(input.shown_from), std::string_view(input.output)}) {
    for (const std::string& shown : {shown_path(name), one_line(name)}) {
      if (shown.size() < shortest) continue;
      for (std::size_t at = 0; (at = message.find(shown, at)) != std::string::npos; at += instead.size())
        message.replace(at, shown.size(), instead);
    }
  }
  return message;
}

JobEnd end_of(const std::vector<RunFigures>& runs) {
  if (runs.empty()) return JobEnd::never_run;
  const RunFigures& last = runs.back();
  if (!last.ended) return JobEnd::died;
  const bool reached_its_end = last.exit_code == 0 || last.exit_code == 1;
  return reached_its_end && last.ledger.pending() == 0 ? JobEnd::finished : JobEnd::stopped_early;
}

/// The pictures with the greatest keys.
class Greatest {
 public:
  explicit Greatest(std::size_t most) : most_(most) {}

  template <class Make>
  void offer(std::uint64_t key, const Make& make) {
    if (kept_.size() == most_ && (most_ == 0 || key <= kept_.back().first)) return;
    const auto at = std::ranges::find_if(kept_, [&](const auto& entry) { return entry.first < key; });
    kept_.emplace(at, key, make());
    if (kept_.size() > most_) kept_.pop_back();
  }
  [[nodiscard]] std::vector<ReportPicture> take() {
    std::vector<ReportPicture> pictures;
    for (auto& [key, picture] : kept_) pictures.push_back(std::move(picture));
    return pictures;
  }

 private:
  std::size_t most_;
  std::vector<std::pair<std::uint64_t, ReportPicture>> kept_;
};

/// Counts the inputs of a job.
class InputSummary {
 public:
  InputSummary(JobReport& report, const ReportLimits& limits)
      : report_(report),
        limits_(limits),
        marked_by_(report.runs.size()),
        slowest_(limits.pictures),
        largest_(limits.pictures) {}

  void add(const InputHistory& input) {
    count_state(input);
    switch (input.state) {
      case RecordedState::failed:
      case RecordedState::quarantined:
        add_problem(input);
        break;
      case RecordedState::marked:
        count_marked(input.done_run);
        report_.picture_times.add(1000 * input.elapsed_us);
        add_published(input);
        break;
      case RecordedState::unmarked:
        add_published(input);
        break;
      case RecordedState::pending:
        if (!report_.runs.empty() && input.run == report_.runs.back().id) ++pending_of_last_run_;
        break;
      case RecordedState::left_alone:
        break;
    }
  }

  void finish(JobHistory& history) {
    if (!report_.runs.empty()) {
      count_unmet(report_.runs.back(), history);
      report_.ledger.inputs += report_.unmet;
      report_.ledger.ignored = report_.runs.back().ledger.ignored;
    }
    for (std::size_t i = 0; i < marked_by_.size(); ++i)
      report_.damaged += std::min(report_.runs[i].damaged, marked_by_[i]);
    auto [groups, ungrouped] = groups_.list(limits_.problem_groups);
    report_.problem_groups = std::move(groups);
    report_.ungrouped_problems = ungrouped;
    report_.slowest = slowest_.take();
    report_.largest = largest_.take();
    std::ranges::sort(sample_, {}, &std::pair<std::uint64_t, ReportPicture>::first);
    for (auto& [place, picture] : sample_) report_.sampled.push_back(std::move(picture));
  }

 private:
  /// Inputs that the last run found and that are not in the journal. The sample of one that died may count
  /// outcomes that were never written, so there only the rows count. Inputs that it did not reach may have
  /// rows of earlier runs, which are counted already; nobody knows which.
  void count_unmet(const RunFigures& run, JobHistory& history) {
    const std::uint64_t found = run.ended ? run.ledger.pending() : run.ledger.inputs;
    const std::uint64_t recorded = run.ended ? pending_of_last_run_ : history.inputs_of(run.id);
    const std::uint64_t not_reached = found - std::min(found, recorded);
    if (not_reached == 0) return;
    const std::uint64_t earlier = history.inputs_before(run.id);
    report_.unmet = not_reached - std::min(not_reached, earlier);
    report_.more_may_be_unmet = earlier > 0;
  }

  void count_marked(std::int64_t run) {
    const auto at = std::ranges::lower_bound(report_.runs, run, {}, &RunFigures::id);
    if (at != report_.runs.end() && at->id == run)
      ++marked_by_[static_cast<std::size_t>(at - report_.runs.begin())];
  }

  void count_state(const InputHistory& input) {
    Ledger& ledger = report_.ledger;
    ++ledger.inputs;
    const std::array<std::uint64_t*, recorded_state_count> counts{
        nullptr, &ledger.up_to_date, &ledger.marked, &ledger.unmarked, &ledger.failed, &ledger.quarantined};
    if (std::uint64_t* const count = counts[static_cast<std::size_t>(input.state)]) ++*count;
  }

  void add_problem(const InputHistory& input) {
    const Failure failure = input.failure.value_or(Failure{FailureKind::crash, ""});
    ++report_.kinds[static_cast<std::size_t>(failure.kind)];
    groups_.add(failure.kind, without_names(failure.message, input));
    if (report_.problems.size() >= limits_.problems) {
      ++report_.problems_left_out;
      return;
    }
    report_.problems.push_back(
        {.input = input.input.substr(input.shown_from),
         .state = input.state == RecordedState::failed ? FinalState::failed : FinalState::quarantined,
         .failure = failure,
         .attempts = input.attempts,
         .crash = input.crash});
  }

  void add_published(const InputHistory& input) {
    if (input.jpeg_route != JpegRoute::none)
      ++report_.jpeg_routes[static_cast<std::size_t>(input.jpeg_route)];
    if (!input.jpeg_reason.empty()) count_reason(report_.jpeg_reasons, input.jpeg_reason);
    if (!input.output_bytes) return;
    const auto size = static_cast<std::uint64_t>(input.size.value_or(0));
    increase(report_.input_bytes, size);
    increase(report_.output_bytes, *input.output_bytes);
    report_.input_sizes.add(size);
    report_.output_sizes.add(*input.output_bytes);
    const auto make = [&] { return picture(input); };
    slowest_.offer(input.elapsed_us, make);
    largest_.offer(size, make);
    // Each picture is in the sample with the same probability, and the same journal gives the same sample.
    const std::uint64_t place = published_++;
    if (sample_.size() < limits_.pictures) {
      sample_.emplace_back(place, make());
    } else if (const std::uint64_t slot = random_() % published_; slot < limits_.pictures) {
      sample_[slot] = {place, make()};
    }
  }

  [[nodiscard]] ReportPicture picture(const InputHistory& input) const {
    const std::string& directory = report_.output_directory;
    return {.input = input.input,
            .shown_from = input.shown_from,
            .output = directory.empty() ? input.output : directory + "/" + input.output,
            .input_size = input.size.value_or(0),
            .output_size = static_cast<std::int64_t>(input.output_bytes.value_or(0)),
            .elapsed_ns = 1000 * input.elapsed_us};
  }

  JobReport& report_;
  const ReportLimits limits_;
  std::vector<std::uint64_t> marked_by_;  // by position in `runs`: pictures that are marked since then
  ProblemGroups groups_;
  Greatest slowest_, largest_;
  std::vector<std::pair<std::uint64_t, ReportPicture>> sample_;
  std::uint64_t published_ = 0;
  std::uint64_t pending_of_last_run_ = 0;
  std::mt19937_64 random_{1};
};

}  // namespace

JobReport read_runs(JobHistory& history, const ReportLimits& limits, std::optional<std::int64_t> since) {
  const std::int64_t last = history.last_run();
  if (since && *since > last)
    throw UsageError(fmt::format("the job has no run {}: {}", *since,
                                 last == 0 ? "there was none" : fmt::format("the last one is {}", last)));
  JobReport report{.job_directory = absolute_from_here(history.directory().path()),
                   .output_directory = {},
                   .made_ns = realtime_ns(),
                   .since = since};
  const std::int64_t first = std::max<std::int64_t>(since.value_or(1), 1);
  report.runs = history.runs(first, limits.runs);
  // Ids are consecutive: runs are never removed.
  const auto shown = static_cast<std::int64_t>(report.runs.size());
  report.runs_left_out = static_cast<std::uint64_t>(std::max<std::int64_t>(0, last - first + 1 - shown));
  report.output_directory = output_directory_of(report);
  report.end = end_of(report.runs);
  for (const RunFigures& run : report.runs) {
    for (std::size_t i = 0; i < stage_count; ++i) report.stages[i].add(run.stages[i]);
  }
  return report;
}

namespace {

/// `counts`: whether an input is among those of the report.
void read_inputs(JobHistory& history, JobReport& report, const ReportLimits& limits,
                 const std::function<bool(const InputHistory&)>& counts) {
  InputSummary summary(report, limits);
  history.for_each_input(report.since, [&](const InputHistory& input) {
    if (counts(input)) summary.add(input);
  });
  summary.finish(history);
}

}  // namespace

JobReport read_job_report(JobHistory& history, const ReportLimits& limits,
                          std::optional<std::int64_t> since) {
  JobReport report = read_runs(history, limits, since);
  read_inputs(history, report, limits, [](const InputHistory&) { return true; });
  return report;
}

JobReport read_job_report(JobHistory& history, const ReportLimits& limits, CountedInputs counted,
                          const InputVisitor& visit) {
  JobReport report = read_runs(history, limits);
  const bool only_last = counted == CountedInputs::of_last_run && report.end == JobEnd::finished;
  read_inputs(history, report, limits, [&](const InputHistory& input) {
    const bool counts = !only_last || input.run == report.runs.back().id;
    counts ? visit(input, report) : void(++report.not_met_again);
    return counts;
  });
  return report;
}

}  // namespace wm
