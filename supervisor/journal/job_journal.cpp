#include "supervisor/journal/job_journal.h"

#include <unistd.h>

#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "common/job/recipe_text.h"
#include "common/kill_point/kill_point.h"
#include "common/os/realtime.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

/// Whether the last attempt at a file is made with nothing else in progress, as it would be in the run that
/// saw `failure`. A crash has no report if the file was one of several in progress when the shared memory was
/// damaged, or if the supervisor died before it could write the report.
bool runs_alone(const Failure& failure, bool has_report) {
  return failure.kind == FailureKind::out_of_memory || (failure.kind == FailureKind::crash && !has_report);
}

}  // namespace

struct JobJournal::Statements {
  explicit Statements(const sqlite::Database& db) : begin(db, "BEGIN"), commit(db, "COMMIT") {}

  sqlite::Statement begin, commit;
};

JobJournal::JobJournal(const JobDirectory& directory, Durability durability)
    : JobJournal(open_journal(directory, durability), directory) {}

JobJournal::JobJournal(sqlite::Database database, std::optional<JobDirectory> directory)
    : directory_(std::move(directory)),
      path_(directory_ ? directory_->path_of(journal_file) : "in memory"),
      database_(std::move(database)) {
  try {
    files_.emplace(database_);
    statements_ = std::make_unique<Statements>(database_);
  } catch (const std::length_error&) {
    throw_impossible_rows(path_);
  } catch (const sqlite::Error& error) {
    const JournalError words = explain(error);
    throw UsageError(fmt::format("{}; {}", words.problem, words.advice));
  }
}

JobJournal JobJournal::open_read_only(const JobDirectory& directory) {
  return {open_journal_read_only(directory), directory};
}

JobJournal JobJournal::of_new_job() {
  return {new_journal_in_memory(), std::nullopt};
}

void JobJournal::begin() {
  if (in_transaction_) return;
  statements_->begin.execute();
  in_transaction_ = true;
}

void JobJournal::commit() {
  if (!in_transaction_) return;
  kill_point(KillPoint::journal_committing);
  statements_->commit.execute();
  kill_point(KillPoint::journal_committed);
  in_transaction_ = false;
}

void JobJournal::roll_back() noexcept {
  in_transaction_ = false;
  ::sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);  // SQLite may have done it
}

void JobJournal::rehearse(const RunInfo& info) {
  info_ = info;
  recipe_hash_ = hash(info.recipe);
  outputs_.emplace(info.output_directory);
  own_outputs_.emplace(database_, names_);
  if (info.rebuild || rebuild_is_unfinished()) leftovers_.emplace(outputs_->fd(), info.token);
}

/// Whether the last run was to rebuild the journal and did not reach the end of its inputs.
bool JobJournal::rebuild_is_unfinished() {
  sqlite::Statement last(database_,
                         "SELECT rebuild, coalesce(exit_code, -1) FROM run ORDER BY id DESC LIMIT 1");
  if (!last.step() || last.is_null(0)) return false;
  const std::string_view recipe(reinterpret_cast<const char*>(recipe_hash_.data()), recipe_hash_.size());
  const bool got_to_the_end = last.integer(1) == 0 || last.integer(1) == 1;
  return !got_to_the_end && last.bytes(0) == recipe;
}

std::optional<Rebuilt> JobJournal::rebuilt() const {
  if (!leftovers_) return std::nullopt;
  return Rebuilt{.outputs = outputs_found_, .temporaries = leftovers_->removed()};
}

/// Removes the probe files of runs that died. Runs that ended have removed theirs.
void JobJournal::remove_left_probes() {
  sqlite::Statement dead(database_, "SELECT token FROM run WHERE ended IS NULL");
  while (dead.step()) remove_probe(outputs_->fd(), static_cast<RunToken>(dead.integer(0)));
}

Recovery JobJournal::begin_run(const RunInfo& info, const NameProbe& probe) {
  rehearse(info);
  database_.run(info.durability == Durability::none    ? "PRAGMA synchronous = OFF"
                : info.durability == Durability::batch ? "PRAGMA synchronous = NORMAL"
                                                       : "PRAGMA synchronous = FULL");
  remove_left_probes();
  begin();
  const Recovery recovery = recover_started(database_, *outputs_, info_.evidence, info_.machine);
  kill_point(KillPoint::run_recovered);
  const std::string started = utc_time(realtime_ns());
  const std::string recipe = to_text(info.recipe);
  sqlite::Statement insert(database_,
                           "INSERT INTO run (started, pid, boot_id, command, recipe, token, rebuild) VALUES "
                           "(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  insert.bind_text(1, started)
      .bind(2, ::getpid())
      .bind_text(3, info.machine.boot_id)
      .bind_text(4, info.command);
  insert.bind_text(5, recipe).bind(6, static_cast<std::int64_t>(info.token));
  leftovers_ ? insert.bind_blob(7, std::span<const std::byte>(recipe_hash_)) : insert.bind_null(7);
  insert.execute();
  run_ = database_.last_row();
  commit();
  // If this process dies, the next run finds the probe's file by this run's token.
  names_ = probe(outputs_->fd(), info.token);
  own_outputs_.emplace(database_, names_);
  files_->begin_run(run_, recipe_hash_, names_);
  return recovery;
}

ResumeContext JobJournal::context() {
  return {.run = run_,
          .info = info_,
          .recipe = recipe_hash_,
          .rebuilds = leftovers_.has_value(),
          .outputs = *outputs_,
          .own_outputs = *own_outputs_};
}

Decision JobJournal::decide(const InputFile& input) {
  return wm::decide(input, files_->find(input), files_->taken_output(input), context());
}

std::optional<Admission> JobJournal::admit(const InputFile& input, SuspectsMay suspects_may) {
  if (leftovers_) leftovers_->remove_beside(input.output);
  const auto row = files_->find(input);
  Decision decision = wm::decide(input, row, files_->taken_output(input), context());
  if (decision.suspect && suspects_may == SuspectsMay::wait) {
    // It keeps its output while it waits.
    files_->take_output(input.output, row->id);
    return std::nullopt;
  }
  const Failure* const failure = decision.failure ? &*decision.failure : nullptr;
  const std::int64_t interrupted = row && is_unchanged(*row, input, recipe_hash_) ? row->interrupted : 0;

  std::int64_t started_ns = 0;
  std::int64_t id = row ? row->id : 0;
  switch (decision.kind) {
    case Admission::Kind::duplicate:
      break;
    case Admission::Kind::run:
      started_ns = realtime_ns();
      id = store(input, row,
                 {.state = "started",
                  .attempts = decision.failed_attempts + 1,
                  .interrupted = interrupted,
                  .failure = failure,
                  .started_ns = started_ns});
      break;
    case Admission::Kind::failed:
      id = store(
          input, row,
          {.state = "failed", .attempts = 0, .interrupted = 0, .failure = failure, .started_ns = started_ns});
      break;
    case Admission::Kind::quarantined:
      if (row->state == word_of(FinalState::quarantined)) {  // its row stays as it is
        files_->meet(*row, input);
        break;
      }
      started_ns = realtime_ns();
      id = store(input, row,
                 {.state = "quarantined",
                  .attempts = row->attempts,
                  .interrupted = interrupted,
                  .failure = failure,
                  .started_ns = started_ns});
      break;
    case Admission::Kind::up_to_date:
      if (decision.found) {
        id = store(input, row,
                   {.state = "started",
                    .attempts = 0,
                    .interrupted = 0,
                    .failure = nullptr,
                    .started_ns = started_ns});
        record({.task = static_cast<TaskId>(id),
                .state = FinalState::marked,
                .attempts = 0,
                .published = {.bytes = static_cast<std::uint64_t>(decision.found->size),
                              .inode = decision.found->inode,
                              .mtime_ns = decision.found->mtime_ns}});
        ++outputs_found_;
      } else if (row) {
        files_->meet(*row, input);
      } else {  // --overwrite never: an output that this job did not make
        id = store(input, row,
                   {.state = "pending",
                    .attempts = 0,
                    .interrupted = 0,
                    .failure = nullptr,
                    .started_ns = started_ns});
      }
      break;
  }
  // An input that fails because its output is taken must not take the output over.
  if (decision.kind != Admission::Kind::failed && decision.kind != Admission::Kind::duplicate) {
    files_->take_output(input.output, id);
  }
  return Admission{
      .kind = decision.kind,
      .assignment = {.task = {.id = static_cast<TaskId>(id),
                              .attempt = decision.failed_attempts + 1,
                              .input = input.path,
                              .output = input.output,
                              .found = input.stamp,
                              .output_root = outputs_->root(),
                              .own_output = decision.own_output,
                              .may_be_own = decision.suspect && decision.may_be_own == MayBeOwn::no
                                                ? MayBeOwn::whole
                                                : decision.may_be_own},
                     .shown_from = input.shown_from,
                     .started_ns = started_ns,
                     .needs_all = failure != nullptr && row && runs_alone(*failure, row->has_report)},
      .failure = std::move(decision.failure)};
}

/// Keeps a record of the row's output if the row is about to get another one.
void JobJournal::keep_former_output(const FileRow& row, const InputFile& input) {
  if (row.output == input.output || row.published.identity.size == 0) return;
  const auto file = outputs_->look(row.output);
  if (file && is_recorded(*file, row.published)) own_outputs_->keep_former(row.output, file->identity);
}

std::int64_t JobJournal::store(const InputFile& input, const std::optional<FileRow>& row,
                               const RowState& state) {
  if (row) keep_former_output(*row, input);
  return files_->store(input, row, state);
}

void JobJournal::end_run(const Ledger& ledger, int exit_code) {
  sqlite::Statement update(
      database_,
      "UPDATE run SET ended = ?1, exit_code = ?2, inputs = ?3, marked = ?4, up_to_date = ?5, "
      "failed = ?6, quarantined = ?7, pending = ?8, ignored = ?9, unmarked = ?10 WHERE id = ?11");
  const std::string ended = utc_time(realtime_ns());
  update.bind_text(1, ended).bind(2, exit_code);
  int position = 3;
  for (const std::uint64_t count : {ledger.inputs, ledger.marked, ledger.up_to_date, ledger.failed,
                                    ledger.quarantined, ledger.pending(), ledger.ignored, ledger.unmarked}) {
    update.bind(position++, static_cast<std::int64_t>(count));
  }
  update.bind(position, run_).execute();
}

}  // namespace wm
