#include "supervisor/run/job_opening.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/cli/output_policy.h"
#include "supervisor/crash/announced_outputs.h"
#include "supervisor/journal/set_aside.h"
#include "supervisor/pool/memory_limit.h"
#include "supervisor/report/job_status.h"
#include "supervisor/report/worker_count.h"
#include "supervisor/run/job_files.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// If something cannot be opened before a run has begun, the cause is permissions or the disk, not the run.
template <class Open>
auto opened(const Open& open) {
  try {
    return open();
  } catch (const std::system_error& error) {
    throw UsageError(fmt::format("{}; see to its permissions and its disk, or choose another --job-dir",
                                 one_line(error.what())));
  }
}

}  // namespace

JobOpening::JobOpening(const JobSettings& settings, const Parts& parts)
    : settings_(settings), parts_(parts), directory_(JobDirectory::find(settings.job_directory)) {}

void JobOpening::open(RunToken run, const std::vector<std::string>& command,
                      const JobDescription& description) {
  directory_ = create_job_directories(settings_);
  lock_.emplace(*directory_);
  kill_point(KillPoint::job_locked);
  directory_->remove(status_file);  // of the run before
  opened([this] { parts_.crashes.open(*directory_); });
  LeftEvidence evidence = opened([this] { return evidence_in_left_records(*directory_); });
  parts_.crash_records.open_directory(*directory_);
  const auto set_aside = [this] { return set_aside_journal(*directory_); };
  const auto old_journal = settings_.run.rebuild_journal ? opened(set_aside) : std::nullopt;
  JobJournal journal = opened([this] { return JobJournal(*directory_, settings_.run.durability); });
  try {
    parts_.log.open_file(*directory_);
  } catch (const std::system_error& error) {
    throw UsageError(fmt::format("{}; free some space or choose another --log-file", one_line(error.what())));
  }
  std::string words;
  for (const std::string& word : command) words += (words.empty() ? "" : " ") + shown_path(word);
  Recovery recovery;
  try {
    recovery = journal.begin_run({.token = run,
                                  .command = words,
                                  .recipe = settings_.recipe,
                                  .output_directory = settings_.output,
                                  .overwrite = settings_.run.overwrite,
                                  .policy = output_policy(settings_.run),
                                  .durability = settings_.run.durability,
                                  .retry_quarantined = settings_.run.retry_quarantined,
                                  .rebuild = settings_.run.rebuild_journal,
                                  .evidence = std::move(evidence)});
  } catch (const sqlite::Error& error) {
    const JournalError refused = journal.explain(error);
    throw UsageError(fmt::format("{}; {}", refused.problem, refused.advice));
  }
  kill_point(KillPoint::run_begun);
  parts_.outcomes.open_outputs();
  parts_.neighbours.begin(journal.outputs().fd());
  log_start(words);
  log_recovery(journal, recovery, old_journal);
  quarantine_list_.emplace(*directory_);
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
                  limit ? memory_text(*limit) + " of memory for each" : "no limit on their memory", command));
  parts_.log.log(LogLevel::debug, parts_.memory.means());
  if (!directory_->open_to_others()) return;
  parts_.log.log(LogLevel::warning,
                 fmt::format("others may change the journal: the file system of {} keeps no permissions; "
                             "choose another --job-dir, or mount it with a umask",
                             shown_path(directory_->path())));
}

void JobOpening::log_recovery(const JobJournal& journal, const Recovery& recovery,
                              const std::optional<std::string>& old_journal) const {
  if (journal.rebuilt()) {
    parts_.log.log(
        LogLevel::warning,
        fmt::format("the journal is rebuilt: outputs newer than their input count as done, and what was "
                    "quarantined is tried again{}",
                    old_journal ? "; the old one is " + shown_path(directory_->path_of(*old_journal)) : ""));
  }
  if (recovery.published + recovery.interrupted + recovery.temporaries > 0) {
    parts_.log.log(
        LogLevel::warning,
        fmt::format("the last run died: {} files it had in hand are published, {} are tried again, {} "
                    "temporary files removed",
                    recovery.published, recovery.interrupted, recovery.temporaries));
  }
}

void JobOpening::open_for_reports() {
  directory_ = create_job_directories(settings_);
  parts_.crashes.open(*directory_);
}

}  // namespace wm
