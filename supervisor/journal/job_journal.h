#pragma once

// The journal of a job, JOB_DIR/job.db: which inputs were met, handed out, and how they ended. It decides
// what a run still has to do. One thread at a time; nothing is durable before commit().

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/job/outcome.h"
#include "common/job/output_policy.h"
#include "common/job/recipe.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/dispatch/left_evidence.h"
#include "supervisor/input/input_file.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/ledger.h"
#include "supervisor/journal/leftovers.h"
#include "supervisor/journal/machine_start.h"
#include "supervisor/journal/name_folding.h"
#include "supervisor/journal/output_tree.h"
#include "supervisor/journal/own_outputs.h"
#include "supervisor/journal/path_index.h"
#include "supervisor/journal/recovery.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

enum class FinalState : std::uint8_t {
  marked,
  failed,
  quarantined,
  unmarked,  // no mark would be seen; published without any, or left out
};

/// The end of one input in one run.
struct FinalOutcome {
  TaskId task{};
  FinalState state{};
  std::optional<Failure> failure;
  std::uint32_t attempts = 1;
  std::optional<WorkerIndex> worker;
  std::uint64_t elapsed_ns = 0;
  Published published;  // of marked and unmarked
};

/// What becomes of an input that the scan found.
struct Admission {
  enum class Kind : std::uint8_t {
    run,  // its start is recorded: hand it out
    up_to_date,
    quarantined,  // in an earlier run
    failed,       // without an attempt: unreadable, collision, exists
    duplicate,    // this run has met it already; it is not counted again
  };
  Kind kind{};
  Assignment assignment;           // the task's id is valid but for duplicates
  std::optional<Failure> failure;  // of failed and quarantined; of the last attempt of an earlier run
};

struct Problem {
  std::string input;  // as the user knows it
  FinalState state{};
  Failure failure;
  std::uint32_t attempts = 0;
  std::string crash;  // ID of the crash that the last attempt ended with; "" when it did not
};

/// An input that is not tried again.
struct QuarantinedInput {
  TaskId task{};
  std::string path;            // absolute
  std::size_t shown_from = 0;  // see InputFile::shown_from
  Failure failure;
  std::uint32_t attempts = 0;
  std::int64_t tried_ns = 0;  // CLOCK_REALTIME when it was handed out the last time
  FileStamp found;            // of this run's inputs; not known of those of earlier runs
};

struct RunInfo {
  RunToken token{};
  std::string command;  // one line, escaped
  Recipe recipe;
  std::string output_directory;
  Overwrite overwrite = Overwrite::changed;
  OutputPolicy policy;
  Durability durability = Durability::batch;
  bool retry_quarantined = false;
  bool rebuild = false;   // the journal is new and the job is not: outputs tell what is done
  LeftEvidence evidence;  // of workers of runs that died
  MachineStart machine = machine_start();
};

/// Why the journal cannot be used any more, and what to do about it: two halves of one line for the user.
struct JournalError {
  std::string problem, advice;
  bool disk_full = false;  // it may be written again once there is room
};

/// What is to be done with an input, before anything of it is recorded.
struct Decision {
  Admission::Kind kind{};
  std::optional<Failure> failure;
  bool suspect = false;                 // in hand when an earlier run died, or with failed attempts
  std::uint32_t failed_attempts = 0;    // in earlier runs; each took its worker down
  std::optional<OutputIdentity> found;  // no row says so, but this output does: up to date
  OutputIdentity own_output;            // what the job published at the output's path, if it is there
  MayBeOwn may_be_own = MayBeOwn::no;   // anything else that is there
};

/// What a rebuild found so far.
struct Rebuilt {
  std::uint64_t outputs = 0;      // taken as done
  std::uint64_t temporaries = 0;  // of runs that nobody knows, removed
};

/// Files that were in hand when a run died, or that have taken workers down, are tried after all others, so
/// that one which takes the machine down does not keep the others from being done.
enum class SuspectsMay : std::uint8_t { wait, run };

class JobJournal {
 public:
  /// An input that was in progress when so many runs died without finishing anything is not handed out again.
  static constexpr std::int64_t max_interruptions = 5;

  /// Opens or creates the database, and upgrades one of the version before; the file of a new one is synced
  /// unless the run's durability is none. Throws UsageError when the file is no journal, is damaged, or comes
  /// from another version.
  explicit JobJournal(JobDirectory directory, Durability durability = Durability::batch);
  /// A journal that exists, to be read and never written: nobody else may write it meanwhile. Throws
  /// UsageError.
  [[nodiscard]] static JobJournal open_read_only(const JobDirectory& directory);
  /// In memory, of a job that has none yet: for a rehearsal.
  [[nodiscard]] static JobJournal of_new_job();

  /// Finds out how the output directory takes names: probe_name_folding().
  using NameProbe = std::function<NameFolding(int directory, RunToken run)>;

  /// Starts a run and tidies up after those that died. Throws sqlite::Error, std::system_error.
  Recovery begin_run(const RunInfo& info, const NameProbe& probe = probe_name_folding);

  /// For a rehearsal: what begin_run() would set, without a run and without a probe: all names count as
  /// different. Throws std::system_error.
  void rehearse(const RunInfo& info);
  /// What admit() would do with the input, but that it does not see collisions with inputs of a rehearsal.
  [[nodiscard]] Decision decide(const InputFile& input);
  /// Decides and records. None, with nothing recorded: a suspect that shall come again later.
  [[nodiscard]] std::optional<Admission> admit(const InputFile& input, SuspectsMay suspects_may);
  /// Attempt number `attempt` begins, because the one before it failed.
  void record_attempt(TaskId task, std::uint32_t attempt, const Failure& failure);
  void record(const FinalOutcome& outcome);
  /// The attempt that is going on, or was the last one, ended with this crash.
  void record_crash(TaskId task, const std::string& crash);
  /// Its attempt does not count: the run stops before it was begun or finished. Those that failed before it
  /// are remembered.
  void record_withdrawn(TaskId task);
  void end_run(const Ledger& ledger, int exit_code);

  /// Opens a transaction unless one is open.
  void begin();
  void commit();
  /// Forgets what was recorded since begin(), after an error.
  void roll_back() noexcept;
  [[nodiscard]] bool in_transaction() const noexcept { return in_transaction_; }

  /// The inputs of this run that ended badly, in the order in which they were first met.
  void for_each_problem(const std::function<void(const Problem&)>& visit);

  /// All inputs that are quarantined, whichever run did it.
  void for_each_quarantined(const std::function<void(const QuarantinedInput&)>& visit);

  /// Of a run that rebuilds, or goes on with what an earlier one had not finished; else none. When no other
  /// thread uses the journal.
  [[nodiscard]] std::optional<Rebuilt> rebuilt() const;

  /// What an error of this database means to the user. Any thread, while no other uses the journal.
  [[nodiscard]] JournalError explain(const sqlite::Error& error) const;

  [[nodiscard]] const OutputTree& outputs() const { return *outputs_; }

 private:
  struct Row;
  struct Statements;
  JobJournal(sqlite::Database database, std::optional<JobDirectory> directory);
  void check_identity();
  void check();
  void check_pages();
  void prepare();
  void empty_log();
  [[nodiscard]] std::optional<Row> find_input(const InputFile& input);
  [[nodiscard]] Decision decide(const InputFile& input, const std::optional<Row>& row);
  [[nodiscard]] bool unchanged(const Row& row, const InputFile& input) const;
  void remove_left_probes();
  [[nodiscard]] std::optional<std::string> taken_output(const InputFile& input);
  [[nodiscard]] bool rebuild_is_unfinished();
  [[nodiscard]] std::optional<OutputIdentity> finished_output(const InputFile& input) const;
  [[nodiscard]] bool is_up_to_date(const Row& row, const InputFile& input, bool unchanged) const;
  [[nodiscard]] Decision with_output(const InputFile& input, const std::optional<Row>& row,
                                     Decision decision);
  void keep_former_output(const Row& row, const InputFile& input);
  std::int64_t store(const InputFile& input, const std::optional<Row>& row, const char* state,
                     std::int64_t attempts, std::int64_t interrupted, const Failure* failure,
                     std::int64_t started_ns);

  std::optional<JobDirectory> directory_;  // stays open as long as the database; none in memory
  std::string path_;                       // for messages
  sqlite::Database database_;
  std::shared_ptr<Statements> statements_;
  PathIndex by_input_;   // of all rows
  PathIndex by_output_;  // of rows that have their output in this run, by folded names
  NameFolding names_;
  std::optional<OutputTree> outputs_;
  std::optional<OwnOutputs> own_outputs_;
  RunInfo info_;
  RecipeHash recipe_hash_{};
  std::optional<Leftovers> leftovers_;  // of a rebuild
  std::uint64_t outputs_found_ = 0;
  std::int64_t run_ = 0;
  bool in_transaction_ = false;
};

}  // namespace wm
