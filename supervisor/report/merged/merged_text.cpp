#include "supervisor/report/merged/merged_text.h"

#include <cstddef>

#include <fmt/format.h>

#include "supervisor/report/amounts.h"
#include "supervisor/report/merged/merged_words.h"
#include "supervisor/report/report_text.h"
#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t most_shards_shown = 20;
constexpr std::size_t most_slowest_shown = 5;

std::string head_lines(const MergedReport& report) {
  std::string text = outcome_sentence(report) + "\n\n" +
                     named_line("job", shown_path(report.whole.job_directory)) +
                     named_line("shards", fmt::format("{}: {}", report.job.shards, state_words(report)));
  if (report.closing.whole) {
    text += named_line("files", fmt::format("{} of the {} that the shards saw are in finished shards",
                                            report.closing.held, *report.closing.whole));
  }
  if (report.whole.not_met_again > 0) {
    text += named_line("gone", counted(report.whole.not_met_again, "input", "inputs") +
                                   " of earlier runs that later ones did not find again");
  }
  return text + figure_lines(report.whole);
}

/// Those that have not finished, and why.
std::string open_lines(const MergedReport& report) {
  std::string text;
  std::size_t count = 0;
  for_each_shard(report, [&](const MergedShard& shard) {
    if (shard.state == ShardState::finished || ++count > most_shards_shown) return;
    text += fmt::format("{:>7}  {:<11}  {}\n", shard.index, name(shard.state), shard.reason);
  });
  if (count == 0) return {};
  if (count > most_shards_shown)
    text += fmt::format("         and {}\n", counted(count - most_shards_shown, "other", "others"));
  return "\nShards that have not finished:\n" + text;
}

std::string slowest_lines(const MergedReport& report) {
  const auto slowest = slowest_shards(report.shards, most_slowest_shown);
  if (slowest.empty()) return {};
  std::string text =
      fmt::format("\nThe slowest shards, all their runs together:\n{:>7}  {:>9} {:>5} {:>9} {:>9} {:>9}\n",
                  "shard", "time", "runs", "pictures", "done", "failed");
  for (const std::size_t at : slowest) {
    const MergedShard& shard = report.shards[at];
    const Ledger& ledger = shard.ledger;
    text += fmt::format("{:>7}  {:>9} {:>5} {:>9} {:>9} {:>9}\n", shard.index, duration_text(shard.elapsed_s),
                        shard.runs, ledger.inputs, ledger.marked + ledger.unmarked,
                        ledger.failed + ledger.quarantined);
  }
  return text;
}

}  // namespace

std::string merged_report_text(const MergedReport& report) {
  return head_lines(report) + open_lines(report) + slowest_lines(report) + stage_lines(report.whole) +
         problem_lines(report.whole) + step_lines(next_steps(report));
}

}  // namespace wm
