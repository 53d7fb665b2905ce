#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/commands/crash_links.h"
#include "supervisor/commands/job_location.h"
#include "supervisor/commands/report_outputs.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/journal/job_history.h"
#include "supervisor/ownership/job_holder.h"
#include "supervisor/report/html/gallery.h"
#include "supervisor/report/html/html_report.h"
#include "supervisor/report/job_report.h"
#include "supervisor/report/report_json.h"
#include "supervisor/report/report_text.h"
#include "supervisor/report/report_words.h"
#include "supervisor/report/seen_status.h"
#include "supervisor/scratch/scratch_note.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// A run has begun while the journal was read.
struct RunHasBegun {};

void write_page(const JobReport& report, const JobDirectory& job, ReportOutputs& outputs) {
  const Gallery gallery = make_gallery(report);
  // Others could read pictures here that the directories above those close to them.
  if (has_thumbnails(gallery)) outputs.html->restrict_to(0600);
  outputs.html->write(html_text({.job = report,
                                 .gallery = gallery,
                                 .outcome = outcome_sentence(report),
                                 .version = WM_VERSION,
                                 .crash_link = crash_links(job, outputs.page)}));
}

/// Writes what is wanted; returns what is to be printed for a person. Files do not have their names yet.
/// `of_copy`: how the run stands that keeps its journal elsewhere, of which there is a copy here. That never
/// changes, and does not know what became of that run.
std::string read_journal(const JobDirectory& job, ReportOutputs& outputs, std::optional<std::int64_t> since,
                         std::optional<JobEnd> of_copy) {
  JobHistory history(job);
  const ReportLimits limits = outputs.html ? html_report_limits : ReportLimits{};
  const bool is_whole = outputs.json || outputs.html || !outputs.any();
  JobReport report = is_whole ? read_job_report(history, limits, since) : read_runs(history, limits, since);
  if (of_copy && report.end != JobEnd::never_run) report.end = *of_copy;
  if (outputs.json) outputs.json->write(job_report_json(report));
  outputs.begin_rows();
  if (outputs.csv || outputs.failed0) {
    history.for_each_input(
        since, [&](const InputHistory& input) { outputs.add_row(input, report.output_directory); });
  }
  if (!of_copy && (job_holder(job) || !history.is_unchanged())) throw RunHasBegun();
  if (outputs.html) write_page(report, job, outputs);
  return outputs.any() ? std::string{} : job_report_text(report);
}

int show_running(const JobDirectory& job, const ReportOutputs& outputs) {
  complain(fmt::format("a run holds the job in {}; its report can be made when it has ended",
                       shown_path(job.path())));
  if (outputs.any()) return exit_try_again;
  try {
    static_cast<void>(print_out(seen_status_text(see_status(job), SIZE_MAX)));
  } catch (const UsageError& error) {
    complain(error.what());  // the run is there all the same
  }
  return exit_try_again;
}

/// What a copy of the journal says that holds while its run goes on: not how that run has ended.
void show_copy(const JobDirectory& job, std::optional<std::int64_t> since) {
  try {
    JobHistory history(job);
    const JobReport report = read_job_report(history, {}, since);
    static_cast<void>(
        print_out("\nIn the copy of the journal:\n" + figure_lines(report) + problem_lines(report)));
  } catch (const std::exception& error) {
    complain(error.what());
  }
}

}  // namespace

int report_on_job(const SubcommandLine& line) {
  const auto since = line.number("since");
  const JobDirectory job = find_job_directory(line.operand());
  ReportOutputs outputs(line);
  const std::string copy = words_on_copy(job).value_or("");
  const bool is_held = job_holder(job).has_value();
  if (is_held && copy.empty()) return show_running(job, outputs);
  if (!copy.empty()) complain((is_held ? "" : "the last run has not put its journal back: ") + copy);
  if (is_held && !outputs.any()) {
    const int exit_code = show_running(job, outputs);
    show_copy(job, since);
    return exit_code;
  }
  try {
    const auto of_copy = is_held ? JobEnd::running : JobEnd::died;
    const std::string text =
        read_journal(job, outputs, since, copy.empty() ? std::nullopt : std::optional(of_copy));
    const bool is_written = outputs.any() ? outputs.commit() : print_out(text);
    if (!is_written) return exit_some_failed;
    return is_held || !copy.empty() ? exit_try_again : exit_all_done;
  } catch (const RunHasBegun&) {
    return show_running(job, outputs);
  } catch (const UsageError&) {
    if (job_holder(job)) return show_running(job, outputs);
    throw;
  } catch (const std::system_error& error) {
    complain(error.what());
    return exit_some_failed;
  }
}

}  // namespace wm
