#include "supervisor/report/merged/merged_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::uint64_t count_of(const MergedReport& report, ShardState state) {
  return state_counts(report)[static_cast<std::size_t>(state)];
}

std::string seen_words(const LedgerClosing& closing) {
  constexpr std::size_t most = 4;
  std::string text = "The last runs of the shards did not see the same files in the whole job:";
  for (std::size_t i = 0; i < closing.seen.size() && i < most; ++i) {
    const SeenFiles& seen = closing.seen[i];
    text += fmt::format("{} {} saw {}", i == 0 ? "" : ",", counted(seen.shards, "shard", "shards"),
                        counted(seen.whole, "file", "files"));
  }
  if (closing.seen.size() > most) text += " and so on";
  return text + (closing.is_unclear ? ". All have to run again while no file is added or removed."
                                    : ". Run those again that saw others than most; if that changes nothing, "
                                      "run all of them.");
}

/// Whether a shard finished with a version that does not record what it saw of the whole job.
bool has_unrecorded(const MergedReport& report) {
  return std::ranges::any_of(report.shards, [](const MergedShard& shard) {
    return shard.state == ShardState::outdated && !shard.saw;
  });
}

/// Shards run only with the version that began the job.
void add_run_again_step(const MergedReport& report, std::vector<NextStep>& steps) {
  const std::string run = "--array=" + report.closing.run_again.text();
  if (report.job.version == WM_VERSION) {
    steps.push_back(
        {"Run these shards again, with the job's command. Under Slurm, these are the tasks:", run});
    return;
  }
  const std::string version = one_line(report.job.version);
  const std::string begin_anew =
      "remove job.json when no shard runs, and run all shards again; what is marked is up to date then";
  if (has_unrecorded(report)) {
    steps.push_back(
        {fmt::format("Version {} of this program began the job, and shards run with that one only, "
                     "but it does not record what the ledger needs. Go on with this one ({}): {}. "
                     "Under Slurm, these are the tasks:",
                     version, WM_VERSION, begin_anew),
         fmt::format("--array=1-{}", report.job.shards)});
    return;
  }
  steps.push_back({fmt::format("Version {} of this program began the job, and shards run with that one only; "
                               "this is {}. Run these again, with that version and the job's command. Under "
                               "Slurm, these are the tasks:",
                               version, WM_VERSION),
                   run});
  steps.push_back({fmt::format("Or go on with this version: {}.", begin_anew), {}});
}

void add_shard_steps(const MergedReport& report, std::vector<NextStep>& steps) {
  const std::string job = shell_word(report.whole.job_directory);
  if (!report.strays.empty()) {
    steps.push_back(
        {fmt::format("The job has {}, but there {} from another division of it, such as {}. Remove "
                     "what does not belong to the job.",
                     counted(report.job.shards, "shard", "shards"),
                     report.strays.size() == 1 ? "is a directory"
                                               : fmt::format("are {} directories", report.strays.size()),
                     shown_path(report.strays.front())),
         {}});
  }
  if (report.closing.has_wrong_sum) {
    steps.push_back(
        {fmt::format("The files of all shards add up to {}, but are not the {} that each of them saw in the "
                     "whole job.",
                     report.closing.held, report.closing.whole.value_or(0)),
         {}});
  }
  if (report.closing.seen.size() > 1) steps.push_back({seen_words(report.closing), {}});
  if (!report.closing.run_again.empty()) add_run_again_step(report, steps);
  if (!report.closing.rebuild.empty()) {
    steps.push_back(
        {"See what is wrong with the damaged ones. If it is the journal, run them with "
         "--rebuild-journal once:",
         "--array=" + report.closing.rebuild.text()});
  }
  const std::string again = fmt::format("wm-supervisor report merge {}", job);
  if (count_of(report, ShardState::unreadable) > 0) {
    steps.push_back(
        {"The file system gave errors for the unreadable shards. Nothing shows that anything is "
         "wrong with them; when it can be read, merge again:",
         again});
  }
  if (count_of(report, ShardState::running) > 0)
    steps.push_back({"When the running shards have ended, merge again:", again});
}

}  // namespace

std::string outcome_sentence(const MergedReport& report) {
  const bool found_all = report.unreadable_directories == 0;
  std::string text;
  if (report.closing.closing != Closing::closed) {
    text =
        fmt::format("the ledger is not closed ({} of {} finished): ", count_of(report, ShardState::finished),
                    counted(report.job.shards, "shard", "shards"));
  }
  text += report.closing.closing == Closing::closed || report.whole.ledger.inputs > 0
              ? count_words(report.whole.ledger, found_all && report.closing.closing == Closing::closed,
                            report.whole.more_may_be_unmet)
              : "no picture was found yet";
  if (report.whole.damaged > 0)
    text += fmt::format(", {} damaged (only the readable part is marked)", report.whole.damaged);
  text += gap_words(report.unreadable_directories, report.links_not_followed) + ".";
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

ShardStateCounts state_counts(const MergedReport& report) {
  ShardStateCounts counts{};
  for (const MergedShard& shard : report.shards) ++counts[static_cast<std::size_t>(shard.state)];
  counts[static_cast<std::size_t>(ShardState::missing)] += report.job.shards - report.shards.size();
  return counts;
}

std::string state_words(const MergedReport& report) {
  const ShardStateCounts counts = state_counts(report);
  std::string text;
  for (std::size_t left = counts.size(); left > 0; --left) {
    if (counts[left - 1] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[left - 1], shard_state_names[left - 1]);
  }
  return text;
}

std::vector<NextStep> next_steps(const MergedReport& report) {
  std::vector<NextStep> steps;
  add_shard_steps(report, steps);
  const JobReport& whole = report.whole;
  const std::string job = shell_word(whole.job_directory);
  const auto kind = [&](FailureKind which) { return whole.kinds[static_cast<std::size_t>(which)]; };
  const auto add = [&](std::string why, std::string command = {}) {
    steps.push_back({std::move(why), std::move(command)});
  };
  if (report.unreadable_directories > 0)
    add("Pictures in directories that could not be read are not counted. The shards' logs name these "
        "directories. Make them readable and run all shards again.");
  if (whole.ledger.failed > 0)
    add("Shards that run again try their failed pictures again. They are listed by:",
        fmt::format("wm-supervisor report merge {} --failed0 | tr '\\0' '\\n'", job));
  if (whole.ledger.quarantined > 0)
    add("Quarantined pictures are not tried again until they or the marks change, or --retry-quarantined is "
        "given. quarantine.txt lists them.");
  if (kind(FailureKind::crash) > 0)
    add("What crashed, and where, is in the directories of the shards:",
        fmt::format("wm-supervisor crashes {}/SHARD", job));
  if (kind(FailureKind::corrupt) > 0 && whole.damaged == 0)
    add("--damaged mark marks what can be read of damaged pictures.");
  if (whole.ledger.failed + whole.ledger.quarantined > 0)
    add("All inputs as a table:", fmt::format("wm-supervisor report merge {} --csv report.csv", job));
  return steps;
}

std::vector<std::size_t> slowest_shards(const std::vector<MergedShard>& shards, std::size_t most) {
  std::vector<std::size_t> slowest;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (shards[i].elapsed_s > 0) slowest.push_back(i);
  }
  const std::size_t kept = std::min(most, slowest.size());
  const auto longer = [&](std::size_t one, std::size_t other) {
    return std::pair(shards[other].elapsed_s, one) < std::pair(shards[one].elapsed_s, other);
  };
  std::ranges::partial_sort(slowest, slowest.begin() + static_cast<std::ptrdiff_t>(kept), longer);
  slowest.resize(kept);
  return slowest;
}

}  // namespace wm
