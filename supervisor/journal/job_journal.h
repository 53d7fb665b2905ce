#pragma once

// The journal of a job, JOB_DIR/job.db: which inputs were met and handed out, and how they ended. It decides
// what a run still has to do. One thread at a time; nothing is durable before commit().

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/job/outcome.h"
#include "common/job/recipe.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/input/input_file.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/evidence_log.h"
#include "supervisor/journal/file_table.h"
#include "supervisor/journal/journal_database.h"
#include "supervisor/journal/leftovers.h"
#include "supervisor/journal/name_folding.h"
#include "supervisor/journal/output_file_systems.h"
#include "supervisor/journal/output_tree.h"
#include "supervisor/journal/own_outputs.h"
#include "supervisor/journal/recovery.h"
#include "supervisor/journal/resume_decision.h"
#include "supervisor/journal/run_info.h"
#include "supervisor/journal/run_table.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

/// What a rebuild found so far.
struct Rebuilt {
  std::uint64_t outputs = 0;      // counted as done
  std::uint64_t temporaries = 0;  // of unknown runs, removed
};

/// Suspects are files that were in progress when a run died, or that have taken workers down. They are tried
/// after all others, so that one that takes the machine down does not keep the others from being done.
enum class SuspectsMay : std::uint8_t { wait, run };

class JobJournal {
 public:
  /// Opens or creates the database, and upgrades one of an earlier version; a new file is synced unless the
  /// run's durability is none. Throws UsageError when the file is not a journal, is damaged, or comes from
  /// another version.
  explicit JobJournal(const JobDirectory& directory, Durability durability = Durability::batch,
                      JournalReaders readers = JournalReaders::none);
  /// Opens an existing journal with open_journal_without_lock(). Throws UsageError.
  [[nodiscard]] static JobJournal open_read_only(const JobDirectory& directory);
  /// A journal in memory, for the rehearsal of a job that has none yet.
  [[nodiscard]] static JobJournal of_new_job();

  /// Finds out how the output directory treats names: probe_name_folding().
  using NameProbe = std::function<NameFolding(int directory, RunToken run)>;

  /// Starts a run and tidies up after runs that died. Throws sqlite::Error, std::system_error.
  Recovery begin_run(const RunInfo& info, const NameProbe& probe = probe_name_folding);

  /// For a rehearsal: sets what begin_run() would set, without starting a run or probing: all names count as
  /// different. Throws std::system_error.
  void rehearse(const RunInfo& info);
  /// From now on what is recorded is noted there, too: this journal may be lost. Before the first admit().
  void keep_evidence(std::shared_ptr<EvidenceLog> evidence) { evidence_ = std::move(evidence); }

  /// After begin_run(): what earlier runs have left in doubt. From now on outputs that are done, with their
  /// identity recorded, are removed from it.
  [[nodiscard]] std::shared_ptr<UnrecordedOutputs::InDoubt> settle();

  /// What admit() would do with the input, except that collisions between inputs of a rehearsal go unnoticed.
  [[nodiscard]] Decision decide(const InputFile& input);
  /// Decides and records. None, with nothing recorded: a suspect that must be admitted again later.
  /// `coming`: the inputs that will follow, as far as they are known; a hint.
  [[nodiscard]] std::optional<Admission> admit(const InputFile& input, SuspectsMay suspects_may,
                                               const std::deque<InputFile>& coming = {});
  /// Attempt number `attempt` begins, because the one before it failed.
  void record_attempt(TaskId task, std::uint32_t attempt, const Failure& failure) {
    files_->record_attempt(task, attempt, failure);
  }
  void record(const FinalOutcome& outcome);
  /// The same for an output that may not have reached the disk: it is the job's own, and its file is made
  /// again.
  void record_unsynced(const FinalOutcome& outcome);
  /// Attempt number `attempt` ended with this crash; changes nothing unless it was the last one that ended.
  void record_crash(TaskId task, std::uint32_t attempt, const std::string& crash) {
    files_->record_crash(task, attempt, crash);
  }
  /// The task's attempt does not count: the run stops before it was begun or finished. Earlier, failed
  /// attempts are remembered.
  void record_withdrawn(TaskId task) { files_->record_withdrawn(task); }
  /// How far the run is.
  void record_sample(const SampleEntry& entry) { runs_->record_sample(entry); }
  void end_run(const RunEnd& end) { runs_->end_run(end); }
  /// When a run last ended with exit code 0, in seconds since the epoch; 0: none has.
  [[nodiscard]] RunTimes run_times() const { return RunTable::times(database_); }
  /// After begin_run(): earlier runs that did not end in an orderly way.
  [[nodiscard]] std::set<RunToken> dead_runs() const { return RunTable::dead_before(database_, run_); }

  /// Opens a transaction unless one is open.
  void begin();
  /// Throws OwnershipLost, having committed nothing, when another supervisor has taken the job over.
  void commit();
  /// Writes everything into job.db, so that closing it only has to remove the empty log. Throws OwnershipLost
  /// when closing it would remove that of another supervisor; sqlite::Error.
  void merge_log();
  /// Discards what was recorded since begin(), after an error.
  void roll_back() noexcept;
  [[nodiscard]] bool in_transaction() const noexcept { return in_transaction_; }

  /// The inputs of this run that ended badly, in the order in which they were first met.
  void for_each_problem(const std::function<void(const Problem&)>& visit) {
    files_->for_each_problem(database_, visit);
  }

  /// All quarantined inputs, whichever run they were quarantined in.
  void for_each_quarantined(const std::function<void(const QuarantinedInput&)>& visit) {
    FileTable::for_each_quarantined(database_, visit);
  }

  /// What a run has rebuilt that rebuilds the journal or continues an unfinished rebuild; else none. Only
  /// when no other thread uses the journal.
  [[nodiscard]] std::optional<Rebuilt> rebuilt() const;

  /// What an error of this database means to the user. Any thread, while no other uses the journal.
  [[nodiscard]] JournalError explain(const sqlite::Error& error) const { return wm::explain(path_, error); }

  [[nodiscard]] const OutputTree& outputs() const { return *outputs_; }
  [[nodiscard]] OutputFileSystems& file_systems() { return *file_systems_; }
  /// The path of a task's output; none without such a task. Throws sqlite::Error.
  [[nodiscard]] std::optional<std::string> output_of(TaskId task);

 private:
  struct Statements;
  JobJournal(sqlite::Database database, std::optional<JobDirectory> directory);
  [[nodiscard]] ResumeContext context();
  void remove_left_probes();
  [[nodiscard]] bool rebuild_is_unfinished();
  [[nodiscard]] bool was_left_out(const FileRow& row, const InputFile& input) const;
  void keep_former_output(const FileRow& row, const InputFile& input);
  void drop_settled();
  void note_outcome(const FinalOutcome& outcome);
  void take_unrecorded(Recovery& recovery);
  void sync_found(const Recovery& recovery);
  void note_handed_out(const InputFile& input, const std::deque<InputFile>& coming);
  void note_found(const std::string& output, std::vector<HandedOut>& outputs) const;
  std::int64_t store(const InputFile& input, const std::optional<FileRow>& row, const RowState& state);

  std::optional<JobDirectory> directory_;  // stays open as long as the database; none in memory
  std::string path_;                       // for messages
  sqlite::Database database_;
  std::shared_ptr<Statements> statements_;
  std::optional<FileTable> files_;
  std::optional<RunTable> runs_;
  NameFolding names_;
  std::optional<OutputTree> outputs_;
  std::optional<OutputFileSystems> file_systems_;
  std::optional<OwnOutputs> own_outputs_;
  RunInfo info_;
  RecipeHash recipe_hash_{};
  std::optional<Leftovers> leftovers_;          // of a rebuild
  std::shared_ptr<EvidenceLog> evidence_;       // with --scratch
  std::unique_lock<std::mutex> evidence_lock_;  // of it, in a transaction
  std::shared_ptr<UnrecordedOutputs::InDoubt> in_doubt_;
  std::uint64_t outputs_found_ = 0;
  std::int64_t run_ = 0;
  bool in_transaction_ = false;
};

}  // namespace wm
