#include "supervisor/journal/job_journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "common/job/recipe_text.h"
#include "common/kill_point/kill_point.h"
#include "common/os/realtime.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/journal/schema.h"
#include "supervisor/journal/schema_upgrade.h"
#include "supervisor/journal/wal_gap.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

constexpr std::array<const char*, 4> state_words{"marked", "failed", "quarantined", "unmarked"};

const char* word_of(FinalState state) {
  return state_words[static_cast<std::size_t>(state)];
}

FailureKind kind_from(std::string_view word) {
  for (std::size_t i = 0; i < failure_kind_count; ++i) {
    if (failure_kind_names[i] == word) return static_cast<FailureKind>(i);
  }
  return FailureKind::crash;
}

/// Whether the last attempt at a file is made with nothing else in progress, as the run would that saw
/// `failure`. A crash without a report was one of several files that were in progress when the shared memory
/// was damaged, or its supervisor died before it could write the report.
bool runs_alone(const Failure& failure, bool has_report) {
  return failure.kind == FailureKind::out_of_memory || (failure.kind == FailureKind::crash && !has_report);
}

}  // namespace

struct JobJournal::Row {
  std::int64_t id = 0;
  std::string output;
  std::int64_t size = 0, mtime_ns = 0;
  std::string recipe;
  std::string state;
  std::int64_t run = 0;
  std::int64_t attempts = 0, interrupted = 0;
  std::string kind, message;
  OutputRecord published;           // at `output`, whenever that was
  bool published_by_state = false;  // when the row got its state
  bool has_report = false;          // of the crash that its last attempt ended with
};

struct JobJournal::Statements {
  explicit Statements(const sqlite::Database& db)
      : find(db,
             "SELECT file.id, output, size, mtime_ns, recipe, state, run, attempts, interrupted, kind, "
             "message, output_bytes, output_inode, output_mtime_ns, started_ns, "
             "state = 'marked' OR output_run = done_run, output_run IS NOT NULL OR output_inode IS NULL, "
             "crash FROM file WHERE id = ?1 AND input = ?2"),
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
               "UPDATE file SET state = ?1, done_run = ?2, attempts = ?3, interrupted = 0, kind = ?4, "
               "message = ?5, "
               "worker = ?6, elapsed_us = ?7, jpeg_path = ?10, jpeg_reason = ?11, notes = ?12, "
               "size = coalesce(?16, size), mtime_ns = coalesce(?17, mtime_ns), "
               "output_bytes = CASE WHEN ?15 THEN ?8 ELSE output_bytes END, "
               "output_inode = CASE WHEN ?15 THEN ?13 ELSE output_inode END, "
               "output_mtime_ns = CASE WHEN ?15 THEN ?14 ELSE output_mtime_ns END, "
               "output_run = CASE WHEN ?15 THEN ?2 ELSE output_run END WHERE id = ?9"),
        crash(db, "UPDATE file SET crash = ?1 WHERE id = ?2"),
        begin(db, "BEGIN"),
        commit(db, "COMMIT") {}

  sqlite::Statement find, taken, insert, replace, met, attempt, withdraw, finish, crash, begin, commit;
};

namespace {

constexpr std::string_view how_to_rebuild =
    "run the same command with --rebuild-journal, or move it away to start the job from the beginning";

UsageError unusable(const std::string& path, std::string_view why, std::string_view advice = how_to_rebuild) {
  return UsageError(fmt::format("the journal {} {}; {}", shown_path(path), why, advice));
}

/// The size of a file of the job directory; 0 when there is none.
std::uintmax_t bytes_of(const JobDirectory& directory, const std::string& name) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(directory.anchored_path(name), error);
  return error ? 0 : bytes;
}

/// A killed supervisor may leave an empty file, but not beside a report.
bool is_emptied(const JobDirectory& directory) {
  return directory.has(journal_file) && bytes_of(directory, journal_file) == 0 &&
         directory.has("report.json");
}

/// Is there hardly any room on the file system of `path`?
bool is_full_at(const std::string& path) {
  constexpr std::uint64_t room = 1U << 20U;
  struct statvfs status {};
  return ::statvfs(path.c_str(), &status) != 0 || std::uint64_t{status.f_bavail} * status.f_frsize < room;
}

constexpr std::size_t max_quoted = 100;

JournalError explain(const std::string& path, const sqlite::Error& error) {
  const std::string name = shown_path(path);
  // SQLite may quote what it found, line by line.
  const std::string what = one_line(std::string_view(error.what()).substr(0, max_quoted));
  if (error.out_of_space()) {
    return {fmt::format("the journal {} cannot be written ({})", name, what),
            is_full_at(path) ? "free some space and run the same command again"
                             : "free some space or quota there and run the same command again",
            true};
  }
  if (!error.size_hint().empty()) {
    return {fmt::format("the journal {} cannot be written{}", name, error.size_hint()),
            "then run the same command again"};
  }
  switch (error.code()) {
    case SQLITE_BUSY:
      return {fmt::format("the journal {} is in use by a running wm-supervisor or another program", name),
              "wait for its end"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // a table, a column or a value is not what it was made
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_FORMAT:
    case SQLITE_TOOBIG:
      return {fmt::format("the journal {} is damaged ({})", name, what), std::string(how_to_rebuild)};
    default:
      return {fmt::format("the journal {} cannot be used ({})", name, what),
              "see to its disk and run the same command again"};
  }
}

UsageError cannot_use(const std::string& path, const sqlite::Error& error) {
  const JournalError words = explain(path, error);
  return UsageError(fmt::format("{}; {}", words.problem, words.advice));
}

}  // namespace

/// The text from which SQLite knows our tables; users may have added some of their own.
std::string own_schema(const sqlite::Database& database) {
  sqlite::Statement query(database,
                          "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master "
                          "WHERE name IN ('run', 'file', 'file_started', 'former_output') ORDER BY name)");
  return query.step() ? query.bytes(0) : std::string{};
}

std::string intact_schema() {
  sqlite::Database database(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.run(journal_schema);
  return own_schema(database);
}

/// Makes the tables of a new journal.
std::string creation() {
  return fmt::format("BEGIN; {} PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;",
                     journal_schema, journal_application_id, journal_version);
}

/// Throws UsageError: also for damage that SQLite does not see, or mends by forgetting.
sqlite::Database open_undamaged(const JobDirectory& directory, int flags, const char* parameters = "") {
  const std::string path = directory.path_of(journal_file);
  check_journal_files(directory);
  if (is_emptied(directory)) throw unusable(path, "is empty, although the job has a report");
  if (has_gap(directory.anchored_path("job.db-wal")))
    throw unusable(path, "is damaged (a part of job.db-wal is missing)");
  try {
    return open_journal_file(directory, flags | SQLITE_OPEN_NOMUTEX, parameters);
  } catch (const sqlite::Error& error) {
    throw UsageError(fmt::format("cannot open the journal {}: {}", shown_path(path), error.what()));
  }
}

/// Closing a database brings its log into it, which would leave nothing of a log that is damaged.
void keep_log_at_close(const sqlite::Database& database, bool keep) {
  ::sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

JobJournal::JobJournal(JobDirectory directory, Durability durability)
    : directory_(std::move(directory)),
      path_(directory_->path_of(journal_file)),
      database_(open_undamaged(*directory_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) {
  const bool is_new = bytes_of(*directory_, journal_file) == 0;
  const bool was_killed = bytes_of(*directory_, "job.db-wal") > 0;
  try {
    keep_log_at_close(database_, true);
    // Exclusive locking, from the first look on, keeps the WAL index in this process' memory: network file
    // systems will do, and full ones.
    database_.run("PRAGMA locking_mode = EXCLUSIVE");
    // Nothing of a stranger's database is changed.
    const bool fresh = database_.integer("SELECT count(*) FROM sqlite_master") == 0;
    if (!fresh) check_identity();
    if (is_new && durability == Durability::none) database_.run("PRAGMA synchronous = OFF");
    database_.run(
        "PRAGMA journal_mode = WAL; PRAGMA cache_size = -1024; "
        "PRAGMA wal_autocheckpoint = 4000; "
        "PRAGMA synchronous = OFF");  // begin_run() sets what the user wants
    if (fresh) {
      database_.run(creation().c_str());
    }
    if (!fresh && database_.integer("PRAGMA user_version") == upgradable_journal_version) {
      check_pages();
      database_.run("PRAGMA synchronous = FULL");
      upgrade_journal(database_);
    }
    if (!is_new) check();
    prepare();
    keep_log_at_close(database_, false);
    if (was_killed) empty_log();
  } catch (const sqlite::Error& error) {
    throw cannot_use(path_, error);
  }
}

/// What a commit left that was cut off must not lie behind new ones, where it would look like damage one day.
void JobJournal::empty_log() {
  try {
    database_.run("PRAGMA synchronous = NORMAL; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const sqlite::Error& error) {
    if (!error.out_of_space()) throw;  // whether there is room for this run turns out later
  }
}

JobJournal::JobJournal(sqlite::Database database, std::optional<JobDirectory> directory)
    : directory_(std::move(directory)),
      path_(directory_ ? directory_->path_of(journal_file) : "in memory"),
      database_(std::move(database)) {
  try {
    check();
    prepare();
  } catch (const sqlite::Error& error) {
    throw cannot_use(path_, error);
  }
}

JobJournal JobJournal::open_read_only(const JobDirectory& directory) {
  // Without a log to be read beside it, the file is taken as it is: no lock, and no file made next to it.
  const bool has_log = bytes_of(directory, "job.db-wal") > 0;
  sqlite::Database database =
      has_log ? open_undamaged(directory, SQLITE_OPEN_READONLY)
              : open_undamaged(directory, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, "?immutable=1");
  try {
    const bool is_ours = database.integer("PRAGMA application_id") == journal_application_id;
    if (is_ours && database.integer("PRAGMA user_version") == upgradable_journal_version) {
      database = upgraded_copy(database);
    }
  } catch (const sqlite::Error& error) {
    throw cannot_use(directory.path_of(journal_file), error);
  }
  return {std::move(database), directory};
}

JobJournal JobJournal::of_new_job() {
  sqlite::Database database(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.run(creation().c_str());
  return {std::move(database), std::nullopt};
}

void JobJournal::check_identity() {
  if (database_.integer("PRAGMA application_id") != journal_application_id) {
    throw unusable(path_, "is a database of another program", "move it away or choose another --job-dir");
  }
  const std::int64_t version = database_.integer("PRAGMA user_version");
  if (version != journal_version && version != upgradable_journal_version) {
    throw unusable(path_, "was written by another version of wm-supervisor");
  }
}

void JobJournal::check() {
  check_identity();
  if (own_schema(database_) != intact_schema())
    throw unusable(path_, "is damaged (its tables are not as they were made)");
  check_pages();
}

void JobJournal::check_pages() {
  sqlite::Statement quick_check(database_, "PRAGMA quick_check(1)");
  if (!quick_check.step() || quick_check.bytes(0) != "ok") throw unusable(path_, "is damaged");
}

void JobJournal::prepare() {
  statements_ = std::make_shared<Statements>(database_);
  sqlite::Statement known(database_, "SELECT id, input FROM file");
  try {
    while (known.step()) by_input_.add(known.bytes(1), known.integer(0));
  } catch (const std::length_error&) {
    throw unusable(path_, "is damaged (it has rows that no run has made)");
  }
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

JournalError JobJournal::explain(const sqlite::Error& error) const {
  return wm::explain(path_, error);
}

void JobJournal::rehearse(const RunInfo& info) {
  info_ = info;
  recipe_hash_ = hash(info.recipe);
  outputs_.emplace(info.output_directory);
  own_outputs_.emplace(database_, names_);
  if (info.rebuild || rebuild_is_unfinished()) leftovers_.emplace(outputs_->fd(), info.token);
}

/// The last run was to rebuild the journal and did not get to the end of its inputs.
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

/// Of runs that died. Those that ended have removed theirs.
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
  // What it leaves when this process dies, the next run knows by this run's token.
  names_ = probe(outputs_->fd(), info.token);
  own_outputs_.emplace(database_, names_);
  return recovery;
}

std::optional<JobJournal::Row> JobJournal::find_input(const InputFile& input) {
  auto& find = statements_->find;
  std::optional<Row> row;
  const auto is_found = [&](std::int64_t id) {
    find.bind(1, id).bind_blob(2, input.path);
    if (!find.step()) {
      find.reset();
      return false;
    }
    row = Row{.id = find.integer(0),
              .output = find.bytes(1),
              .size = find.integer(2),
              .mtime_ns = find.integer(3),
              .recipe = find.bytes(4),
              .state = find.bytes(5),
              .run = find.integer(6),
              .attempts = find.integer(7),
              .interrupted = find.integer(8),
              .kind = find.bytes(9),
              .message = find.bytes(10),
              .published = {.identity = {.inode = static_cast<std::uint64_t>(find.integer(12)),
                                         .size = find.integer(11),
                                         .mtime_ns = find.integer(13)},
                            .started_ns = find.integer(14),
                            .is_certain = find.integer(16) != 0},
              .published_by_state = find.integer(15) != 0,
              .has_report = !find.is_null(17)};
    find.reset();
    return true;
  };
  (void)by_input_.find(input.path, is_found);
  return row;
}

/// Of another input, the one that has the same output in this run.
std::optional<std::string> JobJournal::taken_output(const InputFile& input) {
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

bool JobJournal::is_up_to_date(const Row& row, const InputFile& input, bool unchanged) const {
  if (info_.overwrite == Overwrite::all) return false;
  const IfUnmarked wanted = info_.policy.if_unmarked;
  const bool unmarked = unchanged && row.state == word_of(FinalState::unmarked);
  if (unmarked && wanted == IfUnmarked::skip) return true;
  const bool done = (unchanged && row.state == word_of(FinalState::marked)) ||
                    (unmarked && wanted == IfUnmarked::copy && row.published_by_state);
  if (info_.overwrite == Overwrite::changed && !done) return false;
  const auto status = outputs_->look(input.output);
  if (!status || !status->regular()) return false;
  return info_.overwrite == Overwrite::never || status->identity.size == row.published.identity.size;
}

/// For an input of which the journal knows nothing: the output, when it is a file with something in it that
/// is newer than the input, whatever was done to that.
std::optional<OutputIdentity> JobJournal::finished_output(const InputFile& input) const {
  const auto output = outputs_->look(input.output);
  struct stat status {};
  if (!output || !output->regular() || output->identity.size == 0 || ::stat(input.path.c_str(), &status) != 0)
    return std::nullopt;
  const std::int64_t input_ctime_ns =
      static_cast<std::int64_t>(status.st_ctim.tv_sec) * 1'000'000'000 + status.st_ctim.tv_nsec;
  const bool newer = output->ctime_ns >= std::max(input.mtime_ns, input_ctime_ns);
  const bool is_input = output->inode == status.st_ino;
  if (!newer || is_input || !outputs_->has_data(input.output)) return std::nullopt;
  return output->identity;
}

bool JobJournal::unchanged(const Row& row, const InputFile& input) const {
  const std::string_view recipe(reinterpret_cast<const char*>(recipe_hash_.data()), recipe_hash_.size());
  return row.size == input.size && row.mtime_ns == input.mtime_ns && row.recipe == recipe &&
         row.output == input.output;
}

Decision JobJournal::decide(const InputFile& input) {
  return decide(input, find_input(input));
}

Decision JobJournal::decide(const InputFile& input, const std::optional<Row>& row) {
  using Kind = Admission::Kind;
  if (row && row->run == run_) return {Kind::duplicate, {}};
  if (!input.problem.empty()) return {Kind::failed, Failure{FailureKind::unreadable, input.problem}};
  if (const auto taken = taken_output(input)) {
    const std::string note =
        *taken == input.output
            ? ""
            : fmt::format("; for the file system there it is the same as {}", shown_path(input.output));
    return {Kind::failed,
            Failure{FailureKind::collision, fmt::format("another input of this job has the same output, {}{}",
                                                        shown_path(*taken), note)}};
  }
  const bool same = row && unchanged(*row, input);
  if (same && row->state == "quarantined" && !info_.retry_quarantined) {
    return {Kind::quarantined, Failure{kind_from(row->kind), row->message}};
  }
  if (is_up_to_date(row.value_or(Row{}), input, same)) return {Kind::up_to_date, {}};
  if (!row && leftovers_ && info_.overwrite == Overwrite::changed) {
    if (const auto found = finished_output(input)) return {.kind = Kind::up_to_date, .found = found};
  }
  if (same && row->interrupted >= max_interruptions && !info_.retry_quarantined) {
    return {Kind::quarantined,
            Failure{FailureKind::crash,
                    "was in progress when one run after another died without finishing a file"}};
  }
  Decision decision{.kind = Kind::run, .suspect = same && row->interrupted > 0};
  if (same && row->state == "pending" && row->attempts > 0) {
    decision.suspect = true;
    decision.failed_attempts = static_cast<std::uint32_t>(row->attempts);
    decision.failure = Failure{kind_from(row->kind), row->message};
  }
  return with_output(input, row, std::move(decision));
}

/// What is at the output's path must be the job's own, or such as may be replaced.
Decision JobJournal::with_output(const InputFile& input, const std::optional<Row>& row, Decision decision) {
  const auto existing = outputs_->before_run(input.output);
  if (!existing) return decision;
  const bool own = (row && row->output == input.output && is_recorded(*existing, row->published)) ||
                   own_outputs_->contain(input.output, *existing);
  if (own) {
    decision.own_output = existing->identity;
    return decision;
  }
  if (row && row->output == input.output &&
      (is_cut_off(*existing, row->published) || may_be_published(*existing, row->published))) {
    decision.may_be_own = MayBeOwn::cut_off;
    return decision;
  }
  std::string why = refusal_to_replace(input.output, *existing, info_.policy);
  // A suspect's may be its own after all.
  const bool may_be_own = decision.suspect && existing->regular();
  if (why.empty() || may_be_own) return decision;
  return {.kind = Admission::Kind::failed, .failure = Failure{FailureKind::exists, std::move(why)}};
}

std::optional<Admission> JobJournal::admit(const InputFile& input, SuspectsMay suspects_may) {
  if (leftovers_) leftovers_->remove_beside(input.output);
  const auto row = find_input(input);
  Decision decision = decide(input, row);
  if (decision.suspect && suspects_may == SuspectsMay::wait) {
    // Its output stays its own while it waits.
    by_output_.add(folded(input.output, names_), row->id);
    return std::nullopt;
  }
  const Failure* const failure = decision.failure ? &*decision.failure : nullptr;
  const std::int64_t interrupted = row && unchanged(*row, input) ? row->interrupted : 0;

  std::int64_t started_ns = 0;
  std::int64_t id = row ? row->id : 0;
  switch (decision.kind) {
    case Admission::Kind::duplicate:
      break;
    case Admission::Kind::run:
      started_ns = realtime_ns();
      id = store(input, row, "started", decision.failed_attempts + 1, interrupted, failure, started_ns);
      break;
    case Admission::Kind::failed:
      id = store(input, row, "failed", 0, 0, failure, started_ns);
      break;
    case Admission::Kind::quarantined:
      if (row->state == state_words[2]) {  // its row stays as it is
        statements_->met.bind(1, run_).bind(2, input.shown_from).bind(3, row->id).execute();
        break;
      }
      started_ns = realtime_ns();
      id = store(input, row, "quarantined", row->attempts, interrupted, failure, started_ns);
      break;
    case Admission::Kind::up_to_date:
      if (decision.found) {
        id = store(input, row, "started", 0, 0, nullptr, started_ns);
        record({.task = static_cast<TaskId>(id),
                .state = FinalState::marked,
                .attempts = 0,
                .published = {.bytes = static_cast<std::uint64_t>(decision.found->size),
                              .inode = decision.found->inode,
                              .mtime_ns = decision.found->mtime_ns}});
        ++outputs_found_;
      } else if (row) {
        statements_->met.bind(1, run_).bind(2, input.shown_from).bind(3, row->id).execute();
      } else {  // --overwrite never: an output that this job did not make
        id = store(input, row, "pending", 0, 0, nullptr, started_ns);
      }
      break;
  }
  // A failed twin does not take the output from the one that has it.
  if (decision.kind != Admission::Kind::failed && decision.kind != Admission::Kind::duplicate) {
    by_output_.add(folded(input.output, names_), id);
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

/// The row is about to have another output.
void JobJournal::keep_former_output(const Row& row, const InputFile& input) {
  if (row.output == input.output || row.published.identity.size == 0) return;
  const auto file = outputs_->look(row.output);
  if (file && is_recorded(*file, row.published)) own_outputs_->keep_former(row.output, file->identity);
}

std::int64_t JobJournal::store(const InputFile& input, const std::optional<Row>& row, const char* state,
                               std::int64_t attempts, std::int64_t interrupted, const Failure* failure,
                               std::int64_t started_ns) {
  if (row) keep_former_output(*row, input);
  auto& statement = row ? statements_->replace : statements_->insert;
  statement.bind_blob(1, input.path).bind(2, input.shown_from).bind_blob(3, input.output);
  statement.bind(4, input.size)
      .bind(5, input.mtime_ns)
      .bind_blob(6, std::span<const std::byte>(recipe_hash_));
  statement.bind_text(7, state).bind(8, run_).bind(9, attempts).bind(10, interrupted).bind(11, started_ns);
  if (failure != nullptr) {
    statement.bind_text(12, name(failure->kind)).bind_text(13, failure->message);
  } else {
    statement.bind_null(12).bind_null(13);
  }
  const bool is_final = failure != nullptr && std::string_view(state) != "started";
  is_final ? statement.bind(14, run_) : statement.bind_null(14);
  row ? statement.bind(15, row->id) : statement.bind_null(15);
  statement.execute();
  const std::int64_t id = row ? row->id : database_.last_row();
  kill_point(KillPoint::admit_stored);
  if (!row) by_input_.add(input.path, id);
  return id;
}

void JobJournal::record_attempt(TaskId task, std::uint32_t attempt, const Failure& failure) {
  const std::string message = one_line(failure.message);
  auto& statement = statements_->attempt;
  statement.bind(1, attempt).bind(2, static_cast<std::int64_t>(task));
  statement.bind_text(3, name(failure.kind)).bind_text(4, message).execute();
}

void JobJournal::record_crash(TaskId task, const std::string& crash) {
  statements_->crash.bind_text(1, crash).bind(2, static_cast<std::int64_t>(task)).execute();
}

void JobJournal::record_withdrawn(TaskId task) {
  statements_->withdraw.bind(1, static_cast<std::int64_t>(task)).execute();
}

void JobJournal::record(const FinalOutcome& outcome) {
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
  // It may have been changed after it was found: the row is about what was marked.
  const FileStamp& marked = outcome.published.input;
  marked.is_known() ? finish.bind(16, marked.size) : finish.bind_null(16);
  marked.is_known() ? finish.bind(17, marked.mtime_ns) : finish.bind_null(17);
  finish.execute();
  kill_point(KillPoint::outcome_recorded);
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

void JobJournal::for_each_problem(const std::function<void(const Problem&)>& visit) {
  sqlite::Statement query(database_,
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

void JobJournal::for_each_quarantined(const std::function<void(const QuarantinedInput&)>& visit) {
  sqlite::Statement query(database_,
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
