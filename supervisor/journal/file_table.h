#pragma once

// Reads and writes the rows of the journal's table `file`, one for each input that any run has met, and finds
// the row of an input by its path. One thread, like the database.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/job/outcome.h"
#include "common/job/recipe.h"
#include "common/job/task.h"
#include "supervisor/input/input_file.h"
#include "supervisor/journal/name_folding.h"
#include "supervisor/journal/own_outputs.h"
#include "supervisor/journal/path_index.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

enum class FinalState : std::uint8_t {
  marked,
  failed,
  quarantined,
  unmarked,  // no mark would be visible; published without any, or left out
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
  std::int64_t tried_ns = 0;  // CLOCK_REALTIME when it was last handed out
  FileStamp found;            // known only for this run's inputs
};

/// What the journal has recorded about an input.
struct FileRow {
  std::int64_t id = 0;
  std::string output;
  std::int64_t size = 0, mtime_ns = 0;
  std::string recipe;
  std::string state;
  std::int64_t run = 0;
  std::int64_t attempts = 0, interrupted = 0;
  Failure failure;                  // of the last attempt that failed
  OutputRecord published;           // at `output`, in whichever run
  bool published_by_state = false;  // it was published when the row got its state
  bool published_unsynced = false;  // by the last run that met it, and it may not have reached the disk
  bool has_report = false;          // the crash that ended its last attempt has a report
};

/// What admission writes into a row.
struct RowState {
  const char* state = "pending";
  std::int64_t attempts = 0;
  std::int64_t interrupted = 0;
  const Failure* failure = nullptr;
  std::int64_t started_ns = 0;
};

/// The word in the column `state`.
[[nodiscard]] const char* word_of(FinalState state);
/// Of the word in the column `kind`; crash for a word that no run has written.
[[nodiscard]] FailureKind kind_from(std::string_view word);

class FileTable {
 public:
  /// Borrows the database. Throws sqlite::Error, as does everything here; std::length_error when there are
  /// rows that no run can have made.
  explicit FileTable(const sqlite::Database& database);
  FileTable(FileTable&&) noexcept;
  FileTable& operator=(FileTable&&) = delete;
  FileTable(const FileTable&) = delete;
  FileTable& operator=(const FileTable&) = delete;
  ~FileTable();

  /// Rows written from now on belong to this run.
  void begin_run(std::int64_t run, const RecipeHash& recipe, const NameFolding& names);

  [[nodiscard]] std::optional<FileRow> find(const InputFile& input);
  /// In this run, `output` belongs to the input of row `id`.
  void take_output(const std::string& output, std::int64_t id);
  /// The output of another input, if the file system regards it as the same file as this input's output.
  [[nodiscard]] std::optional<std::string> taken_output(const InputFile& input);

  /// Writes the row of an input, a new one when there is none; returns its id.
  std::int64_t store(const InputFile& input, const std::optional<FileRow>& row, const RowState& state);
  /// This run has met the input; otherwise its row stays as it is.
  void meet(const FileRow& row, const InputFile& input);

  // See JobJournal.
  void record_attempt(TaskId task, std::uint32_t attempt, const Failure& failure);
  void record(const FinalOutcome& outcome);
  void record_unsynced(TaskId task, const OutputIdentity& output);
  void record_crash(TaskId task, std::uint32_t attempt, const std::string& crash);
  void record_withdrawn(TaskId task);
  void for_each_problem(const sqlite::Database& database,
                        const std::function<void(const Problem&)>& visit) const;
  static void for_each_quarantined(const sqlite::Database& database,
                                   const std::function<void(const QuarantinedInput&)>& visit);

 private:
  struct Statements;

  sqlite3* handle_;  // of the database, even after that object has moved
  std::unique_ptr<Statements> statements_;
  PathIndex by_input_;   // of all rows
  PathIndex by_output_;  // of rows that have their output in this run, by folded names
  NameFolding names_;
  std::int64_t run_ = 0;
  RecipeHash recipe_{};
};

}  // namespace wm
