#include "supervisor/journal/job_journal.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "common/os/realtime.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// Whether the last attempt at a file is made with nothing else in progress, as it would be in the run that
/// saw `failure`. A crash has no report if the file was one of several in progress when the shared memory was
/// damaged, or if the supervisor died before it could write the report.
bool runs_alone(const Failure& failure, bool has_report) {
  return failure.kind == FailureKind::out_of_memory || (failure.kind == FailureKind::crash && !has_report);
}

bool has_result(const FileRow& row) {
  return row.state == word_of(FinalState::marked) || row.state == word_of(FinalState::unmarked);
}

}  // namespace

struct JobJournal::Statements {
  explicit Statements(const sqlite::Database& db)
      : begin(db, "BEGIN"), commit(db, "COMMIT"), output(db, "SELECT output FROM file WHERE id = ?1") {}

  sqlite::Statement begin, commit, output;
};

JobJournal::JobJournal(const JobDirectory& directory, Durability durability, JournalReaders readers)
    : JobJournal(open_journal(directory, durability, readers), directory) {}

JobJournal::JobJournal(sqlite::Database database, std::optional<JobDirectory> directory)
    : directory_(std::move(directory)),
      path_(directory_ ? directory_->path_of(journal_file) : "in memory"),
      database_(std::move(database)) {
  try {
    files_.emplace(database_);
    runs_.emplace(database_);
    statements_ = std::make_unique<Statements>(database_);
  } catch (const std::length_error&) {
    throw_impossible_rows(path_);
  } catch (const sqlite::Error& error) {
    const JournalError words = explain(error);
    throw UsageError(fmt::format("{}; {}", words.problem, words.advice));
  }
}

JobJournal JobJournal::open_read_only(const JobDirectory& directory) {
  return {open_journal_without_lock(directory), directory};
}

JobJournal JobJournal::of_new_job() {
  return {new_journal_in_memory(), std::nullopt};
}

void JobJournal::begin() {
  if (in_transaction_) return;
  if (directory_) directory_->require_may_change(std::chrono::seconds(1));
  if (evidence_) evidence_lock_ = evidence_->hold();
  statements_->begin.execute();
  in_transaction_ = true;
}

void JobJournal::commit() {
  if (!in_transaction_) return;
  const auto held = std::move(evidence_lock_);  // whatever happens
  if (directory_) directory_->require_may_change();
  if (evidence_) evidence_->flush();
  kill_point(KillPoint::journal_committing);
  statements_->commit.execute();
  kill_point(KillPoint::journal_committed);
  in_transaction_ = false;
}

void JobJournal::merge_log() {
  directory_.value().require_may_change();
  database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
  directory_->require_may_change();
}

void JobJournal::roll_back() noexcept {
  in_transaction_ = false;
  evidence_lock_ = {};
  ::sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);  // SQLite may have done it
}

void JobJournal::rehearse(const RunInfo& info) {
  info_ = info;
  recipe_hash_ = hash(info.recipe);
  outputs_.emplace(info.output_directory);
  file_systems_.emplace(*outputs_);
  own_outputs_.emplace(database_, names_);
  drop_settled();
  if (info.rebuild || rebuild_is_unfinished())
    leftovers_.emplace(outputs_->fd(), info.token, info.may_be_alive);
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
  Recovery recovery = recover_started(database_, *outputs_, info_.evidence, info_.machine);
  take_unrecorded(recovery);
  sync_found(recovery);
  kill_point(KillPoint::run_recovered);
  run_ = runs_->begin_run(info, leftovers_ ? std::optional(recipe_hash_) : std::nullopt);
  commit();
  // If this process dies, the next run finds the probe's file by this run's token.
  names_ = probe(outputs_->fd(), info.token);
  own_outputs_.emplace(database_, names_);
  files_->begin_run(run_, recipe_hash_, names_);
  return recovery;
}

/// Those who made what is called done from now on may have died before it was synced. If that fails, it is
/// recorded, since the next sync would succeed: the kernel reports what it could not write only once.
void JobJournal::sync_found(const Recovery& recovery) {
  if (info_.durability == Durability::none || (recovery.published.empty() && !leftovers_)) return;
  std::vector<std::string> paths;
  for (const Recovery::Output& output : recovery.published) paths.push_back(output.path);
  try {
    file_systems_->add(paths);
    sync_file_systems(file_systems_->descriptors());
  } catch (const std::system_error&) {
    make_again(database_, recovery.published);
    commit();
    throw;
  }
}

/// A run meets an output once. What it has recorded, or one after it, is not in doubt any more: another file
/// at the path is somebody else's.
void JobJournal::drop_settled() {
  auto& [published, in_doubt, tokens] = info_.evidence.unrecorded;
  if (in_doubt.empty()) return;
  std::map<RunToken, std::int64_t> runs;
  sqlite::Statement known(database_, "SELECT token, id FROM run");
  while (known.step()) runs[static_cast<RunToken>(known.integer(0))] = known.integer(1);
  sqlite::Statement rows(database_, "SELECT output, output_run FROM file WHERE output_run IS NOT NULL");
  while (rows.step()) {
    const auto doubt = in_doubt.find(rows.bytes(0));
    if (doubt == in_doubt.end()) continue;
    const bool is_settled = std::ranges::all_of(doubt->second.runs, [&](RunToken run) {
      const auto found = runs.find(run);
      return found != runs.end() && found->second <= rows.integer(1);
    });
    if (is_settled) in_doubt.erase(doubt);
  }
}

std::shared_ptr<UnrecordedOutputs::InDoubt> JobJournal::settle() {
  in_doubt_ = std::make_shared<UnrecordedOutputs::InDoubt>(info_.evidence.unrecorded.in_doubt);
  return in_doubt_;
}

/// What runs published whose journal may be lost becomes the job's own, and their temporary files go. What
/// others may have published at paths that cannot be looked at becomes the job's own as well.
void JobJournal::take_unrecorded(Recovery& recovery) {
  const UnrecordedOutputs& unrecorded = info_.evidence.unrecorded;
  std::set<std::string> beside;  // an output for each directory
  const auto note_directory = [&](const std::string& output) {
    beside.insert(output.substr(0, output.rfind('/') + 1) + "x");
  };
  for (const auto& [output, doubt] : unrecorded.in_doubt) note_directory(output);
  for (const std::string& output : beside)
    recovery.temporaries += remove_temporaries_beside(outputs_->fd(), output, unrecorded.runs);
  std::vector<UnrecordedOutputs::Output> published = unrecorded.published;
  std::ranges::copy(recovery.out_of_reach, std::back_inserter(published));
  if (published.empty()) return;

  using Former = std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>;
  std::set<Former> known;
  sqlite::Statement formers(database_, "SELECT output, bytes, inode, mtime_ns FROM former_output");
  while (formers.step())
    known.emplace(formers.bytes(0), formers.integer(1), formers.integer(2), formers.integer(3));
  for (const auto& [path, identity] : published) {
    const auto inode = static_cast<std::int64_t>(identity.inode);
    if (known.emplace(path, identity.size, inode, identity.mtime_ns).second)
      own_outputs_->keep_former(path, identity);
  }
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

/// Whether the row says that nothing is published for this input because no mark is visible on it.
bool JobJournal::was_left_out(const FileRow& row, const InputFile& input) const {
  return info_.policy.if_unmarked == IfUnmarked::skip && row.state == word_of(FinalState::unmarked) &&
         !row.published_by_state && is_unchanged(row, input, recipe_hash_);
}

/// Those that are certainly up to date are left out, so that a run that resumes notes little.
void JobJournal::note_handed_out(const InputFile& input, const std::deque<InputFile>& coming) {
  if (!evidence_ || evidence_->has_handed_out(input.output)) return;
  std::vector<HandedOut> outputs;
  note_found(input.output, outputs);
  for (const InputFile& next : coming) {
    if (!next.problem.empty() || next.output.empty() || next.output == input.output) continue;
    const auto row = info_.overwrite == Overwrite::all ? std::nullopt : files_->find(next);
    const bool is_done =
        row && is_unchanged(*row, next, recipe_hash_) &&
        (row->state == word_of(FinalState::marked) || row->state == word_of(FinalState::unmarked));
    if (!is_done) note_found(next.output, outputs);
  }
  evidence_->note_handed_out(outputs);
}

/// Looks even where before_run() would not: what was there must not be taken for the job's own later. An
/// output that cannot be looked at is not noted: nothing is the job's own there.
void JobJournal::note_found(const std::string& output, std::vector<HandedOut>& outputs) const {
  try {
    const auto file = outputs_->look(output);
    outputs.push_back({.output = output, .found = file ? std::optional(file->identity) : std::nullopt});
  } catch (const std::system_error&) {
    // decide() says why.
  }
}

void JobJournal::record(const FinalOutcome& outcome) {
  files_->record(outcome);
  note_outcome(outcome);
}

void JobJournal::record_unsynced(const FinalOutcome& outcome) {
  files_->record_unsynced(outcome.task, identity_of(outcome.published));
  note_outcome(outcome);
}

/// Its output is not in doubt any more, and is noted for the case that this journal is lost.
void JobJournal::note_outcome(const FinalOutcome& outcome) {
  const bool is_taken = outcome.failure && outcome.failure->kind == FailureKind::exists;
  const bool is_published = outcome.published.bytes != 0;
  const bool may_settle = is_published && in_doubt_ && !in_doubt_->empty();
  if (!may_settle && (!evidence_ || (!is_published && !is_taken))) return;
  const auto output = output_of(outcome.task);
  if (output && may_settle) in_doubt_->erase(*output);
  if (output && evidence_ && is_taken) {
    evidence_->note_taken(*output);
  } else if (output && evidence_) {
    evidence_->note_published(*output, {.inode = outcome.published.inode,
                                        .size = static_cast<std::int64_t>(outcome.published.bytes),
                                        .mtime_ns = outcome.published.mtime_ns});
  }
}

std::optional<std::string> JobJournal::output_of(TaskId task) {
  sqlite::Statement& query = statements_->output;
  query.bind(1, static_cast<std::int64_t>(task));
  std::optional<std::string> output;
  if (query.step()) output = query.bytes(0);
  query.reset();
  return output;
}

std::optional<Admission> JobJournal::admit(const InputFile& input, SuspectsMay suspects_may,
                                           const std::deque<InputFile>& coming) {
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
      note_handed_out(input, coming);
      started_ns = realtime_ns();
      id = store(input, row,
                 {.state = "started",
                  .attempts = decision.failed_attempts + 1,
                  .interrupted = interrupted,
                  .failure = failure,
                  .started_ns = started_ns});
      break;
    case Admission::Kind::failed:
      if (evidence_ && failure->kind == FailureKind::exists) evidence_->note_taken(input.output);
      id = store(input, row,
                 {.state = "failed",
                  .attempts = 0,
                  .interrupted = std::min<std::int64_t>(interrupted, 1),
                  .failure = failure,
                  .started_ns = started_ns});
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
      if (in_doubt_) in_doubt_->erase(input.output);
      if (decision.found) {
        if (file_systems_->add(std::span(&input.output, 1)) && info_.durability != Durability::none)
          sync_file_systems(file_systems_->descriptors());
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
      } else if (row && has_result(*row)) {
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
      .failure = std::move(decision.failure),
      .left_out = decision.kind == Admission::Kind::up_to_date && row && was_left_out(*row, input)};
}

/// Keeps a record of the row's output if the row is about to get another one.
void JobJournal::keep_former_output(const FileRow& row, const InputFile& input) {
  if (row.output == input.output || row.published.identity.size == 0) return;
  try {
    const auto file = outputs_->look(row.output);
    if (file && is_recorded(*file, row.published)) own_outputs_->keep_former(row.output, file->identity);
  } catch (const std::system_error&) {
    own_outputs_->keep_former(row.output, row.published.identity);  // if it is still that one
  }
}

std::int64_t JobJournal::store(const InputFile& input, const std::optional<FileRow>& row,
                               const RowState& state) {
  if (row) keep_former_output(*row, input);
  return files_->store(input, row, state);
}

}  // namespace wm
