#include "supervisor/run/job_opening.h"

#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/cli/output_policy.h"
#include "supervisor/crash/announced_outputs.h"
#include "supervisor/journal/journal_database.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/journal/journal_renewal.h"
#include "supervisor/journal/run_table.h"
#include "supervisor/journal/set_aside.h"
#include "supervisor/log/log_place.h"
#include "supervisor/ownership/live_runs.h"
#include "supervisor/ownership/machine_start.h"
#include "supervisor/ownership/owner_verdict.h"
#include "supervisor/pool/memory_limit.h"
#include "supervisor/report/job_status.h"
#include "supervisor/report/worker_count.h"
#include "supervisor/run/job_files.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {

/// When the runs of other boots had ended: whatever clock they ran by, their workers published nothing after
/// they had lost the job.
MachineStart JobOpening::end_of_other_boots() const {
  MachineStart machine = machine_start();
  if (const auto& former = parts_.owned.ownership().former())
    machine.ns = former->last_seen_ns + owner_times().time_out.count();
  return machine;
}

void JobOpening::open(RunToken run, const std::vector<std::string>& command,
                      const JobDescription& description) {
  kill_point(KillPoint::job_locked);
  static_cast<void>(create_job_directories(settings_));  // a job that exists may lack some
  if (parts_.owned.ownership().former_may_live()) {
    opened([this] {
      renew_journal(directory());
      if (!settings_.log.to_stderr()) LogPlace(settings_.log.file, directory()).renew();
      return true;
    });
  }
  opened([this] { parts_.crashes.open(directory()); });
  opened([this, run] { parts_.scratch.take_left(directory(), run); });
  LeftEvidence evidence = opened([this] { return evidence_in_left_records(directory()); });
  evidence.unrecorded = opened([this] { return left_unrecorded(directory()); });
  parts_.crash_records.open_directory(directory());
  const auto set_aside = [this] { return set_aside_journal(directory()); };
  const auto old_journal = settings_.run.rebuild_journal ? opened(set_aside) : std::nullopt;
  const JobDirectory here = opened([this] { return parts_.scratch.begin(directory()); });
  JobJournal journal =
      opened([&] { return JobJournal(here, settings_.run.durability, parts_.scratch.readers()); });
  try {
    parts_.scratch.open_log(directory());
  } catch (const std::system_error& error) {
    throw UsageError(fmt::format("{}; free some space or choose another --log-file", one_line(error.what())));
  }
  directory().remove(status_file);  // of the run before; a run that is refused leaves it
  std::string words;
  for (const std::string& word : command) words += (words.empty() ? "" : " ") + shown_path(word);
  Recovery recovery;
  try {
    recovery = journal.begin_run(
        {.token = run,
         .command = words,
         .recipe = settings_.recipe,
         .output_directory = settings_.output,
         .shard = settings_.input.shard,
         .job_id = settings_.input.shard ? join_job(settings_).id : std::string{},
         .overwrite = settings_.run.overwrite,
         .policy = output_policy(settings_.run),
         .durability = settings_.run.durability,
         .retry_quarantined = settings_.run.retry_quarantined,
         .rebuild = settings_.run.rebuild_journal,
         .evidence = std::move(evidence),
         .machine = end_of_other_boots(),
         .may_be_alive = [runs = std::make_shared<LiveRuns>(settings_.whole_job_directory, directory())](
                             RunToken other) { return runs->may_be_alive(other); }});
    run_times_ = journal.run_times();
  } catch (const sqlite::Error& error) {
    const JournalError refused = journal.explain(error);
    throw UsageError(fmt::format("{}; {}", refused.problem, refused.advice));
  }
  kill_point(KillPoint::run_begun);
  parts_.outcomes.open_outputs();
  parts_.neighbours.begin(journal.outputs().fd());
  log_start(words);
  log_recovery(journal, recovery, old_journal);
  parts_.scratch.keep_in_doubt(journal.settle());
  parts_.scratch.watch(journal);
  quarantine_list_.emplace(directory());
  parts_.quarantine_directory.ask_before_names([job = directory()] { job.require_may_change(); });
  parts_.quarantine_directory.remove_copies_of(journal.dead_runs());
  parts_.recorder.keep_quarantined(*quarantine_list_, parts_.quarantine_directory);
  parts_.journal.start(std::move(journal), settings_.run.durability);
  parts_.crashes.recover(run);
  parts_.crashes.keep_job(description);
  parts_.state.note_job_opened();
}

void JobOpening::log_start(const std::string& command) const {
  const std::string workers =
      workers_text(parts_.pool.size(), parts_.feed.found(), parts_.feed.totals().has_value());
  const auto limit = parts_.memory.limit();
  parts_.log.log(
      LogLevel::info,
      fmt::format("started with {}, {}: {}", workers,
                  limit ? memory_text(*limit) + " of memory for each" : "no limit on their memory", command),
      parts_.log.fields([] { return LogFields{.event = LoggedEvent::run_started}; }));
  parts_.log.log(LogLevel::debug, parts_.memory.means());
  if (!directory().open_to_others()) return;
  parts_.log.log(LogLevel::warning,
                 fmt::format("others may change the journal: the file system of {} keeps no permissions; "
                             "choose another --job-dir, or mount it with a umask",
                             shown_path(directory().path())));
}

void JobOpening::log_recovery(const JobJournal& journal, const Recovery& recovery,
                              const std::optional<std::string>& old_journal) const {
  if (journal.rebuilt()) {
    parts_.log.log(
        LogLevel::warning,
        fmt::format("the journal is rebuilt: outputs newer than their input count as done, and what was "
                    "quarantined is tried again{}",
                    old_journal ? "; the old one is " + shown_path(directory().path_of(*old_journal)) : ""));
  }
  if (recovery.published.size() + recovery.interrupted + recovery.temporaries > 0) {
    parts_.log.log(
        LogLevel::warning,
        fmt::format("the last run died, or left a worker behind: {} files it had in hand are published, {} "
                    "are tried again, {} temporary files removed",
                    recovery.published.size(), recovery.interrupted, recovery.temporaries));
  }
}

void JobOpening::open_for_reports() {
  parts_.crashes.open(directory());
}

std::optional<RunTimes> JobOpening::recorded_run_times() const {
  const auto& job = parts_.owned.directory();
  try {
    if (job && job->has(journal_file)) return RunTable::times(open_journal_without_lock(*job));
  } catch (const std::exception&) {
    // A damaged journal is reported by the run that opens it.
  }
  return std::nullopt;
}

}  // namespace wm
