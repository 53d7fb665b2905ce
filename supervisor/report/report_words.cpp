#include "supervisor/report/report_words.h"

#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::string unreadable_words(std::uint64_t directories) {
  return directories == 0
             ? ""
             : fmt::format(", {} could not be read", counted(directories, "directory", "directories"));
}

std::string link_words(std::uint64_t links) {
  return links == 0 ? "" : fmt::format(", {} not followed", counted(links, "link", "links"));
}

std::string reason_of(const RunFigures& run) {
  return run.reason.empty() ? fmt::format("exit code {}", run.exit_code) : one_line(run.reason);
}

}  // namespace

/// "all" and "the only" are said only if every directory could be read.
std::string count_words(const Ledger& ledger, bool found_all, bool more_to_do) {
  if (ledger.inputs == 0) return "no picture was found";
  const std::string_view least = more_to_do ? "at least " : "";
  if (found_all && !more_to_do && ledger.marked == ledger.inputs)
    return ledger.inputs == 1 ? "the only picture is marked"
                              : fmt::format("all {} pictures are marked", ledger.inputs);
  std::string text = fmt::format("{} of {}{}{} {} marked", ledger.marked, least,
                                 counted(ledger.inputs, "picture", "pictures"), found_all ? "" : " found",
                                 ledger.marked == 1 || ledger.inputs == 1 ? "is" : "are");
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(ledger.unmarked, "unmarked");
  add(ledger.up_to_date, "left as they were");
  add(ledger.failed, "failed");
  add(ledger.quarantined, "quarantined");
  if (ledger.pending() > 0) text += fmt::format(", {}{} to do", least, ledger.pending());
  return text;
}

std::string gap_words(std::uint64_t unreadable_directories, std::uint64_t links_not_followed) {
  return unreadable_words(unreadable_directories) + link_words(links_not_followed);
}

std::string outcome_sentence(const JobReport& report) {
  if (report.end == JobEnd::never_run) return "No run has begun.";
  std::string text;
  if (report.end == JobEnd::died) text = "the last run died: ";
  if (report.end == JobEnd::running) text = "a run is going on; in its last copy of the journal: ";
  if (report.end == JobEnd::stopped_early)
    text = fmt::format("stopped early ({}): ", reason_of(report.runs.back()));
  if (report.since) text += fmt::format("since run {}, ", *report.since);
  const RunFigures& last = report.runs.back();
  text += count_words(report.ledger, last.unreadable_directories == 0, report.more_may_be_unmet);
  if (report.damaged > 0)
    text += fmt::format(", {} damaged (only the readable part is marked)", report.damaged);
  text += gap_words(last.unreadable_directories, last.links_not_followed) + ".";
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string run_end_words(const RunFigures& run) {
  if (!run.ended) return "died (counts as last sampled)";
  const std::string code = fmt::format("exit code {}", run.exit_code);
  return run.reason.empty() ? code : fmt::format("{}: {}", code, one_line(run.reason));
}

std::string run_gap_words(const RunFigures& run) {
  return (run.damaged == 0 ? "" : fmt::format(", {} damaged", run.damaged)) +
         gap_words(run.unreadable_directories, run.links_not_followed);
}

std::vector<NextStep> next_steps(const JobReport& report) {
  std::vector<NextStep> steps;
  const std::string job = shell_word(report.job_directory);
  const auto kind = [&](FailureKind which) { return report.kinds[static_cast<std::size_t>(which)]; };
  const auto add = [&](std::string why, std::string command = {}) {
    steps.push_back({std::move(why), std::move(command)});
  };
  if (report.end == JobEnd::died || report.end == JobEnd::stopped_early)
    add("Run the same command again: it continues the job.");
  if (!report.runs.empty() && report.runs.back().unreadable_directories > 0)
    add("Pictures in directories that could not be read are not counted. The log names these directories. "
        "Make them readable and run the same command again.");
  if (!report.runs.empty() && report.runs.back().links_not_followed > 0)
    add("--links decides which symbolic links are followed; the log names those that were not.");
  if (report.damaged > 0)
    add("Of damaged pictures only the readable part is marked. The notes in a table say what is lost:",
        fmt::format("wm-supervisor report {} --csv report.csv", job));
  if (report.ledger.failed > 0)
    add("The next run tries the failed pictures again. They are listed by:",
        fmt::format("wm-supervisor report {} --failed0 | tr '\\0' '\\n'", job));
  if (report.ledger.quarantined > 0)
    add("Quarantined pictures are not tried again until they or the marks change, or --retry-quarantined is "
        "given.");
  if (kind(FailureKind::crash) > 0)
    add("What crashed, and where:", fmt::format("wm-supervisor crashes {}", job));
  if (kind(FailureKind::corrupt) > 0 && report.damaged == 0)
    add("--damaged mark marks what can be read of damaged pictures.");
  if (kind(FailureKind::exists) > 0)
    add("Files that this job did not make are in the way: --backup SUFFIX keeps them under another name, "
        "--overwrite all replaces them.");
  if (report.ledger.failed + report.ledger.quarantined > 0)
    add("All inputs as a table:", fmt::format("wm-supervisor report {} --csv report.csv", job));
  return steps;
}

}  // namespace wm
