#include "supervisor/commands/dry_run.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/output_policy.h"
#include "supervisor/input/input_scan.h"
#include "supervisor/input/nothing_found.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/evidence_log.h"
#include "supervisor/journal/job_journal.h"
#include "supervisor/journal/journal_database.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/journal/ledger.h"
#include "supervisor/journal/name_folding.h"
#include "supervisor/journal/sqlite.h"
#include "supervisor/ownership/job_holder.h"
#include "supervisor/ownership/owner_record.h"
#include "supervisor/pool/worker_program.h"
#include "supervisor/preview/preview_process.h"
#include "supervisor/report/run_summary.h"
#include "supervisor/run/job_files.h"
#include "supervisor/run/run_setup.h"
#include "supervisor/scratch/scratch_journal.h"
#include "supervisor/scratch/scratch_note.h"
#include "supervisor/text/console.h"
#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// False, having said why: no worker can start here. Throws UsageError when workers refuse the recipe.
bool worker_accepts_recipe(const JobSettings& settings) {
  using std::chrono::milliseconds;
  const PreviewProcess process(
      find_worker_program(settings.worker_program), describe_job(settings, RunToken{}, MemoryShares{}),
      {.time = std::chrono::duration_cast<milliseconds>(boot_limit(settings)), .memory = {}});
  const PreviewAnswer answer = process.ask({.kind = PreviewKind::recipe, .input = {}, .cells = {}});
  switch (answer.kind) {
    case PreviewAnswer::Kind::recipe:
      throw UsageError(one_line(answer.text));
    case PreviewAnswer::Kind::failed:
      complain(fmt::format("a worker cannot start: {}", one_line(answer.text)));
      return false;
    case PreviewAnswer::Kind::picture:
      break;
  }
  return true;
}

/// The journal that a run would begin with.
JobJournal journal_in(const JobDirectory& directory) {
  if (const auto scratch = left_scratch(directory)) {
    try {
      return JobJournal::open_read_only(*scratch);
    } catch (const UsageError&) {
      // A run sets it aside, and goes on from the copy.
    }
  }
  if (read_scratch_note(directory))
    complain("the last run has not put its journal back; this is told from its last copy");
  return directory.has(journal_file) ? JobJournal::open_read_only(directory) : JobJournal::of_new_job();
}

/// The journal is read without a lock, so a run that begins meanwhile makes what was read worthless. Throws
/// JobHeld.
void require_no_run(const JobSettings& settings) {
  const auto directory = JobDirectory::find(settings.job_directory);
  if (const auto holder = directory ? job_holder(*directory) : std::nullopt) {
    throw JobHeld(
        fmt::format("a run ({}) holds the job in {}; what is left of it can be told when it has ended",
                    owner_words(holder->record), shown_path(directory->path())));
  }
}

/// None when the output directory does not exist, so nothing was ever published there.
std::optional<JobJournal> journal_for(const JobSettings& settings) {
  if (!std::filesystem::exists(settings.output)) return std::nullopt;
  require_no_run(settings);
  const auto directory = JobDirectory::find(settings.job_directory);
  LeftEvidence evidence;
  if (directory) evidence.unrecorded = left_unrecorded(*directory);
  JobJournal journal = directory ? journal_in(*directory) : JobJournal::of_new_job();
  journal.rehearse({.command = {},
                    .recipe = settings.recipe,
                    .output_directory = settings.output,
                    .overwrite = settings.run.overwrite,
                    .policy = output_policy(settings.run),
                    .retry_quarantined = settings.run.retry_quarantined,
                    .evidence = std::move(evidence)});
  return journal;
}

/// The outputs found so far, as hashes: a rehearsal may confuse one in 2^64.
class OutputNames {
 public:
  /// False: another input has the same output.
  bool add(const std::string& output) {
    if (!names_.insert(std::hash<std::string_view>{}(output)).second) return false;
    const std::string name = folded(output, {.letters = NameFolding::Case::full, .normalises = true});
    if (folded_.insert(std::hash<std::string_view>{}(name)).second) return true;
    if (alike_++ == 0) first_alike_ = output;
    return true;
  }

  /// A warning about what a rehearsal cannot know, since it creates no files to find out; "" when there is
  /// none.
  [[nodiscard]] std::string doubt() const {
    if (alike_ == 0) return {};
    return fmt::format(
        "{} from another one only in upper and lower case or in how accents are composed ({}): where the "
        "file "
        "system does not tell them apart (FAT, exFAT, SMB), {} a collision; a run finds that out, --dry-run "
        "does not",
        alike_ == 1 ? "1 output differs" : fmt::format("{} outputs differ", alike_), shown_path(first_alike_),
        alike_ == 1 ? "it is" : "each is");
  }

 private:
  std::unordered_set<std::size_t> names_, folded_;
  std::size_t alike_ = 0;
  std::string first_alike_;
};

}  // namespace

int dry_run(const JobSettings& settings) {
  if (settings.run.rebuild_journal) {
    throw UsageError(
        "--rebuild-journal begins a new journal, and --dry-run touches nothing; leave one of them out");
  }
  check_job_directories(settings);
  if (!worker_accepts_recipe(settings)) return exit_halted;
  InputScan scan({.input = settings.input,
                  .output_directory = settings.output,
                  .job_directory = settings.shared_job_directory(),
                  .quarantine_directory = settings.quarantine_directory,
                  .format = settings.recipe.encoding.format});
  auto journal = journal_for(settings);
  std::unordered_set<std::size_t> met;  // inputs, as hashes
  OutputNames outputs;
  Ledger ledger;

  const auto decide = [&](const InputFile& input) -> Decision {
    if (!input.problem.empty())
      return {Admission::Kind::failed, Failure{FailureKind::unreadable, input.problem}};
    if (!outputs.add(input.output)) {
      return {Admission::Kind::failed, Failure{FailureKind::collision, "another input has the same output"}};
    }
    return journal ? journal->decide(input) : Decision{Admission::Kind::run, {}};
  };
  PrintedLines lines;
  const auto on_file = [&](const InputFile& input) {
    if (!met.insert(std::hash<std::string_view>{}(input.path)).second) return true;  // as a run skips it
    const std::string path = shown_path(std::string_view(input.path).substr(input.shown_from));
    const Decision decision = decide(input);
    ++ledger.inputs;
    switch (decision.kind) {
      case Admission::Kind::run:
        lines.add(fmt::format("mark {} -> {}\n", path, shown_path(settings.output + "/" + input.output)));
        break;
      case Admission::Kind::up_to_date:
      case Admission::Kind::duplicate:
        ++ledger.up_to_date;
        lines.add(fmt::format("up to date {}\n", path));
        break;
      case Admission::Kind::failed:
        ++ledger.failed;
        lines.add(
            fmt::format("fail {}: {}: {}\n", path, name(decision.failure->kind), decision.failure->message));
        break;
      case Admission::Kind::quarantined:
        ++ledger.quarantined;
        lines.add(fmt::format("quarantined {}: {}\n", path, decision.failure->message));
        break;
    }
    return true;
  };
  ScanTotals totals;
  try {
    totals = scan.run({.on_file = on_file, .on_problem = [](const std::string& line) { complain(line); }});
  } catch (const sqlite::Error& error) {
    require_no_run(settings);
    const JournalError refused = journal->explain(error);
    throw UsageError(fmt::format("{}; {}", refused.problem, refused.advice));
  }
  if (journal) require_no_run(settings);
  lines.add(picture_counts(ledger.inputs,
                           {{ledger.pending(), "to mark"},
                            {ledger.up_to_date, "up to date"},
                            {ledger.failed, "would fail"},
                            {ledger.quarantined, "quarantined"}},
                           totals.ignored) +
            "\n");
  if (settings.input.shard) {
    lines.add(shard_text({.shard = *settings.input.shard, .other_shards = totals.other_shards}) + "\n");
  }
  const bool nothing_to_do = totals.found + totals.other_shards == 0;
  if (nothing_to_do) complain(nothing_found_text(totals));
  if (const std::string doubt = outputs.doubt(); !doubt.empty()) complain(doubt);
  if (totals.links_not_followed > 0) {
    lines.add(fmt::format("{} not followed\n", counted(totals.links_not_followed, "link", "links")));
  }
  const bool some_would_fail = !settings.run.failures_ok && ledger.failed + ledger.quarantined > 0;
  return nothing_to_do || some_would_fail || totals.unreadable_directories > 0 ? exit_some_failed
                                                                               : exit_all_done;
}

}  // namespace wm
