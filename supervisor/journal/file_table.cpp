#include "supervisor/journal/file_table.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "common/kill_point/kill_point.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::array<const char*, 4> state_words{"marked", "failed", "quarantined", "unmarked"};

}  // namespace

const char* word_of(FinalState state) {
  return state_words[static_cast<std::size_t>(state)];
}

FailureKind kind_from(std::string_view word) {
  for (std::size_t i = 0; i < failure_kind_count; ++i) {
    if (failure_kind_names[i] == word) return static_cast<FailureKind>(i);
  }
  return FailureKind::crash;
}

struct FileTable::Statements {
  explicit Statements(const sqlite::Database& db)
      : find(db,
             "SELECT file.id, output, size, mtime_ns, recipe, state, run, attempts, interrupted, kind, "
             "message, output_bytes, output_inode, output_mtime_ns, started_ns, "
             "state = 'marked' OR output_run = done_run, output_run IS NOT NULL OR output_inode IS NULL, "
             "crash, state = 'pending' AND output_run = run FROM file WHERE id = ?1 AND input = ?2"),
        taken(db, "SELECT output FROM file WHERE id = ?1 AND input <> ?2"),
        insert(db,
               "INSERT INTO file (input, shown_from, output, size, mtime_ns, recipe, state, run, attempts, "
               "interrupted, started_ns, kind, message, done_run, id) "
               "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"),
        replace(db,
                "UPDATE file SET input = ?1, shown_from = ?2, output = ?3, size = ?4, mtime_ns = ?5, recipe "
                "= ?6, "
                "state = ?7, run = ?8, attempts = ?9, interrupted = ?10, started_ns = ?11, kind = ?12, "
                "message = ?13, "
                "done_run = ?14, crash = CASE WHEN ?7 = 'started' AND ?12 IS NOT NULL THEN crash END, "
                "output_bytes = CASE WHEN output = ?3 THEN output_bytes END, "
                "output_inode = CASE WHEN output = ?3 THEN output_inode END WHERE id = ?15"),
        met(db, "UPDATE file SET run = ?1, shown_from = ?2 WHERE id = ?3"),
        attempt(db, "UPDATE file SET attempts = ?1, kind = ?3, message = ?4, crash = NULL WHERE id = ?2"),
        withdraw(db, "UPDATE file SET state = 'pending', attempts = max(attempts - 1, 0) WHERE id = ?1"),
        finish(db,
               "UPDATE file SET state = ?1, done_run = ?2, attempts = ?3, kind = ?4, message = ?5, "
               // An attempt that failed does not settle whether an earlier one has published the output.
               "interrupted = CASE WHEN ?1 = 'failed' THEN min(interrupted, 1) ELSE 0 END, "
               "worker = ?6, elapsed_us = ?7, jpeg_path = ?10, jpeg_reason = ?11, notes = ?12, "
               "size = coalesce(?16, size), mtime_ns = coalesce(?17, mtime_ns), "
               "output_bytes = CASE WHEN ?15 THEN ?8 ELSE output_bytes END, "
               "output_inode = CASE WHEN ?15 THEN ?13 ELSE output_inode END, "
               "output_mtime_ns = CASE WHEN ?15 THEN ?14 ELSE output_mtime_ns END, "
               "output_run = CASE WHEN ?15 THEN ?2 ELSE output_run END, crash = NULL WHERE id = ?9"),
        unsynced(db,
                 "UPDATE file SET state = 'pending', attempts = max(attempts - 1, 0), interrupted = 0, "
                 "output_bytes = ?2, output_inode = ?3, output_mtime_ns = ?4, output_run = ?5 WHERE id = ?1"),
        crash(db,
              "UPDATE file SET crash = ?1 WHERE id = ?2 AND attempts = CASE state WHEN 'started' THEN ?3 + 1 "
              "WHEN 'pending' THEN ?3 WHEN 'quarantined' THEN ?3 END") {}

  sqlite::Statement find, taken, insert, replace, met, attempt, withdraw, finish, unsynced, crash;
};

FileTable::FileTable(const sqlite::Database& database)
    : handle_(database.handle()), statements_(std::make_unique<Statements>(database)) {
  sqlite::Statement known(database, "SELECT id, input FROM file");
  while (known.step()) by_input_.add(known.bytes(1), known.integer(0));
}

FileTable::FileTable(FileTable&&) noexcept = default;
FileTable::~FileTable() = default;

void FileTable::begin_run(std::int64_t run, const RecipeHash& recipe, const NameFolding& names) {
  run_ = run;
  recipe_ = recipe;
  names_ = names;
}

std::optional<FileRow> FileTable::find(const InputFile& input) {
  auto& query = statements_->find;
  std::optional<FileRow> row;
  const auto is_found = [&](std::int64_t id) {
    query.bind(1, id).bind_blob(2, input.path);
    if (!query.step()) {
      query.reset();
      return false;
    }
    row = FileRow{.id = query.integer(0),
                  .output = query.bytes(1),
                  .size = query.integer(2),
                  .mtime_ns = query.integer(3),
                  .recipe = query.bytes(4),
                  .state = query.bytes(5),
                  .run = query.integer(6),
                  .attempts = query.integer(7),
                  .interrupted = query.integer(8),
                  .failure = {kind_from(query.bytes(9)), query.bytes(10)},
                  .published = {.identity = {.inode = static_cast<std::uint64_t>(query.integer(12)),
                                             .size = query.integer(11),
                                             .mtime_ns = query.integer(13)},
                                .started_ns = query.integer(14),
                                .is_certain = query.integer(16) != 0},
                  .published_by_state = query.integer(15) != 0,
                  .published_unsynced = query.integer(18) != 0,
                  .has_report = !query.is_null(17)};
    query.reset();
    return true;
  };
  (void)by_input_.find(input.path, is_found);
  return row;
}

void FileTable::take_output(const std::string& output, std::int64_t id) {
  by_output_.add(folded(output, names_), id);
}

std::optional<std::string> FileTable::taken_output(const InputFile& input) {
  const std::string name = folded(input.output, names_);
  std::optional<std::string> output;
  auto& taken = statements_->taken;
  const auto takes = [&](std::int64_t id) {
    taken.bind(1, id).bind_blob(2, input.path);
    if (taken.step()) output = taken.bytes(0);
    taken.reset();
    if (output && folded(*output, names_) != name) output.reset();
    return output.has_value();
  };
  (void)by_output_.find(name, takes);
  return output;
}

std::int64_t FileTable::store(const InputFile& input, const std::optional<FileRow>& row,
                              const RowState& state) {
  auto& statement = row ? statements_->replace : statements_->insert;
  statement.bind_blob(1, input.path).bind(2, input.shown_from).bind_blob(3, input.output);
  statement.bind(4, input.size).bind(5, input.mtime_ns).bind_blob(6, std::span<const std::byte>(recipe_));
  statement.bind_text(7, state.state).bind(8, run_).bind(9, state.attempts);
  statement.bind(10, state.interrupted).bind(11, state.started_ns);
  if (state.failure != nullptr) {
    statement.bind_text(12, name(state.failure->kind)).bind_text(13, state.failure->message);
  } else {
    statement.bind_null(12).bind_null(13);
  }
  const bool is_final = state.failure != nullptr && std::string_view(state.state) != "started";
  is_final ? statement.bind(14, run_) : statement.bind_null(14);
  row ? statement.bind(15, row->id) : statement.bind_null(15);
  statement.execute();
  const std::int64_t id = row ? row->id : ::sqlite3_last_insert_rowid(handle_);
  kill_point(KillPoint::admit_stored);
  if (!row) by_input_.add(input.path, id);
  return id;
}

void FileTable::meet(const FileRow& row, const InputFile& input) {
  statements_->met.bind(1, run_).bind(2, input.shown_from).bind(3, row.id).execute();
}

void FileTable::record_attempt(TaskId task, std::uint32_t attempt, const Failure& failure) {
  const std::string message = one_line(failure.message);
  auto& statement = statements_->attempt;
  statement.bind(1, attempt).bind(2, static_cast<std::int64_t>(task));
  statement.bind_text(3, name(failure.kind)).bind_text(4, message).execute();
}

void FileTable::record_crash(TaskId task, std::uint32_t attempt, const std::string& crash) {
  statements_->crash.bind_text(1, crash).bind(2, static_cast<std::int64_t>(task)).bind(3, attempt).execute();
}

void FileTable::record_withdrawn(TaskId task) {
  statements_->withdraw.bind(1, static_cast<std::int64_t>(task)).execute();
}

void FileTable::record_unsynced(TaskId task, const OutputIdentity& output) {
  auto& unsynced = statements_->unsynced;
  unsynced.bind(1, static_cast<std::int64_t>(task)).bind(2, output.size).bind(4, output.mtime_ns);
  output.inode != 0 ? unsynced.bind(3, static_cast<std::int64_t>(output.inode)) : unsynced.bind_null(3);
  unsynced.bind(5, run_).execute();
}

void FileTable::record(const FinalOutcome& outcome) {
  auto& finish = statements_->finish;
  const std::string message = outcome.failure ? one_line(outcome.failure->message) : std::string{};
  finish.bind_text(1, word_of(outcome.state)).bind(2, run_).bind(3, outcome.attempts);
  if (outcome.failure) {
    finish.bind_text(4, name(outcome.failure->kind)).bind_text(5, message);
  } else {
    finish.bind_null(4).bind_null(5);
  }
  outcome.worker ? finish.bind(6, number(*outcome.worker) + 1) : finish.bind_null(6);
  finish.bind(7, static_cast<std::int64_t>(outcome.elapsed_ns / 1000));
  finish.bind(9, static_cast<std::int64_t>(outcome.task));
  const std::string& left_out = outcome.published.left_out;
  const std::string notes = one_line(
      left_out + (left_out.empty() || outcome.published.notes.empty() ? "" : "; ") + outcome.published.notes);
  const std::string reason = one_line(outcome.published.route_reason);
  const auto bind_unless_empty = [&finish](int index, std::string_view text) {
    text.empty() ? finish.bind_null(index) : finish.bind_text(index, text);
  };
  bind_unless_empty(10, name(outcome.published.route));
  bind_unless_empty(11, reason);
  bind_unless_empty(12, notes);
  const bool has_output = outcome.state == FinalState::marked || (outcome.state == FinalState::unmarked &&
                                                                  outcome.published.result == Result::copied);
  const OutputIdentity output = identity_of(outcome.published);
  finish.bind(8, output.size).bind(14, output.mtime_ns).bind(15, has_output ? 1 : 0);
  output.inode != 0 ? finish.bind(13, static_cast<std::int64_t>(output.inode)) : finish.bind_null(13);
  // The input may have changed since it was found: the row describes the file that was marked.
  const FileStamp& marked = outcome.published.input;
  marked.is_known() ? finish.bind(16, marked.size) : finish.bind_null(16);
  marked.is_known() ? finish.bind(17, marked.mtime_ns) : finish.bind_null(17);
  finish.execute();
  kill_point(KillPoint::outcome_recorded);
}

void FileTable::for_each_problem(const sqlite::Database& database,
                                 const std::function<void(const Problem&)>& visit) const {
  sqlite::Statement query(database,
                          "SELECT input, shown_from, state, kind, message, attempts, crash FROM file "
                          "WHERE run = ?1 AND state IN ('failed', 'quarantined') ORDER BY id");
  query.bind(1, run_);
  while (query.step()) {
    const std::string path = query.bytes(0);
    visit({.input = path.substr(std::min(path.size(), static_cast<std::size_t>(query.integer(1)))),
           .state = query.bytes(2) == state_words[1] ? FinalState::failed : FinalState::quarantined,
           .failure = {kind_from(query.bytes(3)), query.bytes(4)},
           .attempts = static_cast<std::uint32_t>(query.integer(5)),
           .crash = query.bytes(6)});
  }
}

void FileTable::for_each_quarantined(const sqlite::Database& database,
                                     const std::function<void(const QuarantinedInput&)>& visit) {
  sqlite::Statement query(database,
                          "SELECT id, input, shown_from, kind, message, attempts, started_ns FROM file "
                          "WHERE state = 'quarantined' ORDER BY id");
  while (query.step()) {
    visit({.task = static_cast<TaskId>(query.integer(0)),
           .path = query.bytes(1),
           .shown_from = static_cast<std::size_t>(query.integer(2)),
           .failure = {kind_from(query.bytes(3)), query.bytes(4)},
           .attempts = static_cast<std::uint32_t>(query.integer(5)),
           .tried_ns = query.integer(6)});
  }
}

}  // namespace wm
