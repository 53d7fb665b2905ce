#include "supervisor/report/merged/shard_reader.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "supervisor/journal/job_history.h"
#include "supervisor/journal/journal_database.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/ownership/job_holder.h"
#include "supervisor/report/job_status.h"
#include "supervisor/report/json_report.h"
#include "supervisor/report/report_words.h"
#include "supervisor/scratch/scratch_note.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// With what its supervisor has written last, if that can be read.
void note_running(const JobDirectory& directory, const std::optional<JobHolder>& holder, MergedShard& shard) {
  shard.state = ShardState::running;
  const std::string host = holder && holder->record ? one_line(holder->record->host) : std::string{};
  if (holder)
    shard.reason = "a supervisor" + (host.empty() ? "" : " on " + host) + " holds it";
  else
    shard.reason = "a run began while it was read";
  try {
    const auto stored = read_job_status(directory);
    if (!stored) return;
    shard.ledger = stored->status.ledger;
    shard.elapsed_s = stored->status.elapsed_s;
  } catch (const std::exception&) {
    return;  // it is running all the same
  }
}

void note(MergedShard& shard, ShardState state, std::string_view reason) {
  shard.state = state;
  shard.reason = one_line(reason);
}

/// In what the rows of the inputs, the figures of the last run, which has finished, and the files that it saw
/// differ; "" when they agree.
std::string contradiction(const JobReport& report) {
  const RunFigures& run = report.runs.back();
  const Ledger& rows = report.ledger;
  if (run.ledger.inputs != rows.inputs)
    return fmt::format("its journal has {} of the {} inputs of its last run", rows.inputs, run.ledger.inputs);
  if (rows.pending() > 0)
    return fmt::format("its last run left nothing to do, but its journal has {} to do", rows.pending());
  if (run.ledger.failed != rows.failed || run.ledger.quarantined != rows.quarantined)
    return fmt::format("in its last run {} failed and {} were quarantined, in its journal {} and {}",
                       run.ledger.failed, run.ledger.quarantined, rows.failed, rows.quarantined);
  if (!run.shard || !run.shard->whole) return {};
  const std::uint64_t own = *run.shard->whole - std::min(*run.shard->whole, run.shard->other_shards);
  if (run.ledger.inputs + run.shard->not_inputs != own)
    return fmt::format("its last run had {} inputs, but saw {} files of its own", run.ledger.inputs,
                       own - std::min(own, run.shard->not_inputs));
  return {};
}

/// How the shard stands by its runs.
void judge(const JobReport& report, MergedShard& shard) {
  switch (report.end) {
    case JobEnd::never_run:
    case JobEnd::running:  // only of a copy
      return;
    case JobEnd::died:
      shard.state = ShardState::died;
      shard.reason = fmt::format("its last run, begun {}, has no end", shard.started);
      return;
    case JobEnd::stopped_early:
      shard.state = ShardState::stopped;
      shard.reason = fmt::format("its last run ended with {}", run_end_words(report.runs.back()));
      return;
    case JobEnd::finished:
      break;
  }
  shard.state = ShardState::finished;
  shard.reason.clear();
  if (const std::string fault = contradiction(report); !fault.empty())
    note(shard, ShardState::damaged, fault);
}

void note_runs(const JobReport& report, MergedShard& shard) {
  shard.runs = report.runs_left_out + report.runs.size();
  if (report.runs.empty()) return;
  const RunFigures& last = report.runs.back();
  shard.started = last.started;
  shard.recipe_hash = last.recipe_hash;
  shard.saw = last.shard;
  shard.unreadable_directories = last.unreadable_directories;
  shard.links_not_followed = last.links_not_followed;
}

void read_journal(const JobDirectory& directory, const ReportLimits& limits, const InputVisitor& visit,
                  ReadShard& result) {
  JobHistory history(directory);
  result.report = read_job_report(history, limits, CountedInputs::of_last_run, visit);
  const auto holder = job_holder(directory);
  // What was read is worthless if a run has begun meanwhile.
  if (holder || !history.is_unchanged()) return note_running(directory, holder, result.shard);
  note_runs(result.report, result.shard);
  result.shard.elapsed_s = history.elapsed_s();
  judge(result.report, result.shard);
  if (const auto words = words_on_copy(directory)) {
    result.shard.state = ShardState::died;
    result.shard.reason = "its last run has not put its journal back; " + *words;
  }
  result.counts = result.shard.state != ShardState::damaged;
  if (result.counts) result.shard.ledger = result.report.ledger;
}

void read(const JobDirectory& directory, const ReportLimits& limits, const InputVisitor& visit,
          ReadShard& result) {
  if (const auto holder = job_holder(directory)) return note_running(directory, holder, result.shard);
  if (!directory.has(journal_file)) {
    // It would take all of its own outputs for files of others.
    if (directory.has(report_file))
      note(result.shard, ShardState::damaged,
           fmt::format("has no journal, although it has a {}", report_file));
    return;
  }
  try {
    read_journal(directory, limits, visit, result);
  } catch (const Unreadable& error) {
    note(result.shard, ShardState::unreadable, error.what());
  } catch (const UsageError& error) {
    if (const auto holder = job_holder(directory)) return note_running(directory, holder, result.shard);
    note(result.shard, ShardState::damaged, error.what());
  }
}

}  // namespace

ReadShard read_shard(const JobDirectory& directory, const Shard& shard, const ReportLimits& limits,
                     const InputVisitor& visit) {
  ReadShard result;
  result.shard.index = shard.index;
  try {
    const auto found = directory.find_subdirectory(directory_name(shard));
    if (found) read(*found, limits, visit, result);
  } catch (const Unreadable& error) {
    note(result.shard, ShardState::unreadable, error.what());
  } catch (const UsageError& error) {
    note(result.shard, ShardState::damaged, error.what());
  } catch (const std::system_error& error) {
    note(result.shard, ShardState::unreadable, error.what());
  }
  return result;
}

}  // namespace wm
