#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/commands/job_location.h"
#include "supervisor/commands/report_outputs.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/report/html/html_report.h"
#include "supervisor/report/merged/merged_json.h"
#include "supervisor/report/merged/merged_quarantine.h"
#include "supervisor/report/merged/merged_report.h"
#include "supervisor/report/merged/merged_text.h"
#include "supervisor/report/merged/merged_words.h"
#include "supervisor/shards/sharded_job.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

ShardedJob job_in(const JobDirectory& directory) {
  if (auto job = read_sharded_job(directory)) return *std::move(job);
  throw UsageError(fmt::format("{} was removed", shown_path(directory.path_of(sharded_job_file))));
}

int exit_code_of(const MergedReport& report) {
  switch (report.closing.closing) {
    case Closing::refused:
      return exit_usage;
    case Closing::unfinished:
      return exit_try_again;
    case Closing::closed:
      break;
  }
  const Ledger& ledger = report.whole.ledger;
  const bool all_well =
      ledger.inputs > 0 && ledger.failed + ledger.quarantined == 0 && report.unreadable_directories == 0;
  return all_well ? exit_all_done : exit_some_failed;
}

/// False: it could not be written.
bool write_quarantine_list(MergedQuarantine& list, const JobDirectory& directory) {
  try {
    if (!list.commit()) {
      complain(fmt::format("{} has a job of its own, too; its quarantine.txt is left alone",
                           shown_path(directory.path())));
    }
    return true;
  } catch (const std::exception& error) {
    complain(one_line(error.what()));
    return false;
  }
}

void write_page(const MergedReport& report, ReportOutput& output) {
  const Gallery none;  // this machine may not have the pictures of all shards
  output.write(html_text({.job = report.whole,
                          .gallery = none,
                          .outcome = outcome_sentence(report),
                          .version = WM_VERSION,
                          .crash_link = {},
                          .merged = &report}));
}

int merge(const SubcommandLine& line, const JobDirectory& directory, const ShardedJob& job,
          FoundShards found) {
  ReportOutputs outputs(line);
  try {
    MergedQuarantine quarantine(directory);
    outputs.begin_rows();
    const MergedReport report = merge_shards(
        directory, job, std::move(found), outputs.html ? html_report_limits : ReportLimits{},
        [&](const InputHistory& input, const JobReport& shard) {
          quarantine.add(input);
          outputs.hold_row(input, shard.output_directory);
        },
        [&](bool count) {
          quarantine.end_shard(count);
          outputs.end_shard(count);
        });
    if (outputs.json) write_merged_json(report, [&](std::string_view text) { outputs.json->write(text); });
    if (outputs.html) write_page(report, *outputs.html);
    bool is_written = write_quarantine_list(quarantine, directory);
    is_written = (outputs.any() ? outputs.commit() : print_out(merged_report_text(report))) && is_written;
    const int exit_code = exit_code_of(report);
    return exit_code == exit_all_done && !is_written ? exit_some_failed : exit_code;
  } catch (const std::system_error& error) {
    complain(one_line(error.what()));
    return exit_some_failed;
  }
}

}  // namespace

int merge_reports(const SubcommandLine& line) {
  try {
    const JobDirectory directory = find_sharded_job_directory(line.operand());
    const ShardedJob job = job_in(directory);
    FoundShards found = find_shards(directory, job);
    return merge(line, directory, job, std::move(found));
  } catch (const Unreadable& error) {  // as for a shard that is
    complain(error.what());
  } catch (const std::system_error& error) {
    complain(one_line(error.what()));
  }
  return exit_try_again;
}

}  // namespace wm
