#include "supervisor/journal/journal_database.h"

#include <sys/statvfs.h>

#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/journal/log_boot.h"
#include "supervisor/journal/schema.h"
#include "supervisor/journal/schema_check.h"
#include "supervisor/journal/schema_upgrade.h"
#include "supervisor/journal/wal_gap.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

constexpr std::string_view how_to_rebuild =
    "run the same command with --rebuild-journal, or move it away to start the job from the beginning";

UsageError unusable(const std::string& path, std::string_view why, std::string_view advice = how_to_rebuild) {
  return UsageError(fmt::format("the journal {} {}; {}", shown_path(path), why, advice));
}

/// 0 when there is no such file. Throws Unreadable.
std::uintmax_t bytes_of(const JobDirectory& directory, const std::string& name) {
  return directory.size_of(name).value_or(0);
}

/// A killed supervisor may leave an empty file, but never together with a report.
bool is_emptied(const JobDirectory& directory) {
  return directory.size_of(journal_file) == 0 && directory.has("report.json");
}

/// Whether the file system of `path` has less than 1 MiB left, or cannot be queried.
bool is_full_at(const std::string& path) {
  constexpr std::uint64_t room = 1U << 20U;
  struct statvfs status {};
  return ::statvfs(path.c_str(), &status) != 0 || std::uint64_t{status.f_bavail} * status.f_frsize < room;
}

constexpr std::size_t max_quoted = 100;

/// The SQL that makes the tables of a new journal.
std::string creation() {
  return fmt::format("BEGIN; {} PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;",
                     journal_schema(), journal_application_id, journal_version);
}

bool log_has_gap(const JobDirectory& directory) {
  try {
    return has_gap(directory.anchored_path("job.db-wal"), boot_of_log(directory));
  } catch (const std::system_error& error) {
    throw Unreadable(fmt::format("the journal {} cannot be read: {}",
                                 shown_path(directory.path_of(journal_file)), one_line(error.what())));
  }
}

/// Throws UsageError, also for damage that SQLite does not detect or repairs by dropping data.
sqlite::Database open_undamaged(const JobDirectory& directory, int flags, const char* parameters = "",
                                FileLocks locks = FileLocks::taken) {
  const std::string path = directory.path_of(journal_file);
  check_journal_files(directory);
  if (is_emptied(directory)) throw unusable(path, "is empty, although the job has a report");
  if (log_has_gap(directory)) throw unusable(path, "is damaged (a part of job.db-wal is missing)");
  try {
    return open_journal_file(directory, flags | SQLITE_OPEN_NOMUTEX, parameters, locks);
  } catch (const sqlite::Error& error) {
    throw Unreadable(fmt::format("cannot open the journal {}: {}", shown_path(path), error.what()));
  }
}

/// Closing a database merges its log into it, which would destroy a damaged log.
void keep_log_at_close(const sqlite::Database& database, bool keep) {
  ::sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

/// Unless the journal is accepted, removes the log that was made only to look at it.
class NewLog {
 public:
  explicit NewLog(const JobDirectory& directory) : directory_(directory), is_new_(!directory.has(name)) {}
  ~NewLog() {
    if (is_new_) directory_.remove(name);
  }
  NewLog(const NewLog&) = delete;
  NewLog& operator=(const NewLog&) = delete;
  void keep() noexcept { is_new_ = false; }

 private:
  static constexpr const char* name = "job.db-wal";
  const JobDirectory& directory_;
  bool is_new_;
};

void check_identity(sqlite::Database& database, const std::string& path) {
  if (database.integer("PRAGMA application_id") != journal_application_id) {
    throw unusable(path, "is a database of another program", "move it away or choose another --job-dir");
  }
  const std::int64_t version = database.integer("PRAGMA user_version");
  if (version != journal_version && !is_upgradable(version)) {
    throw unusable(path, "was written by another version of wm-supervisor");
  }
}

void check_pages(sqlite::Database& database, const std::string& path) {
  sqlite::Statement quick_check(database, "PRAGMA quick_check(1)");
  if (!quick_check.step() || quick_check.bytes(0) != "ok") throw unusable(path, "is damaged");
}

void check(sqlite::Database& database, const std::string& path) {
  check_identity(database, path);
  if (!has_intact_schema(database)) throw unusable(path, "is damaged (its tables are not as they were made)");
  check_pages(database, path);
}

/// The remains of an interrupted commit must not lie after new commits, where they would look like damage one
/// day.
void empty_log(sqlite::Database& database) {
  try {
    database.run("PRAGMA synchronous = NORMAL; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const sqlite::Error& error) {
    if (!error.out_of_space()) throw;  // whether there is room for this run turns out later
  }
}

}  // namespace

JournalError explain(const std::string& path, const sqlite::Error& error) {
  const std::string name = shown_path(path);
  // SQLite may quote what it found, in several lines.
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
      return {fmt::format("the journal {} is in use by another program", name), "wait for its end"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // a table, a column or a value is not as it was made
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_FORMAT:
    case SQLITE_TOOBIG:
      return {fmt::format("the journal {} is damaged ({})", name, what), std::string(how_to_rebuild)};
    default:
      return {.problem = fmt::format("the journal {} cannot be used ({})", name, what),
              .advice = "see to its disk and run the same command again",
              .unreadable = true};
  }
}

void throw_explained(const std::string& path, const sqlite::Error& error) {
  const JournalError words = explain(path, error);
  const std::string text = fmt::format("{}; {}", words.problem, words.advice);
  if (error.code() == SQLITE_BUSY) throw JobHeld(text);
  if (words.unreadable) throw Unreadable(text);
  throw UsageError(text);
}

void require_readable(const sqlite::Database& database, const std::string& path) {
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    sqlite3_file* file = nullptr;
    const int code = ::sqlite3_file_control(database.handle(), "main", which, &file);
    if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr) continue;
    int error = 0;
    const int asked = file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    if (asked == SQLITE_OK && error != 0) {
      throw Unreadable(fmt::format("cannot read the journal {}: {}", shown_path(path), errno_text(error)));
    }
  }
}

sqlite::Database open_journal(const JobDirectory& directory, Durability durability, JournalReaders readers) {
  const std::string path = directory.path_of(journal_file);
  directory.require_may_change();
  NewLog new_log(directory);
  sqlite::Database database = open_undamaged(directory, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const bool is_new = bytes_of(directory, journal_file) == 0;
  const bool was_killed = bytes_of(directory, "job.db-wal") > 0;
  try {
    keep_log_at_close(database, true);
    // From the first access on.
    if (readers == JournalReaders::none) database.run("PRAGMA locking_mode = EXCLUSIVE");
    // The database of another program must not be changed.
    const bool fresh = database.integer("SELECT count(*) FROM sqlite_master") == 0;
    if (!fresh) check_identity(database, path);
    if (is_new && durability == Durability::none) database.run("PRAGMA synchronous = OFF");
    database.run(
        "PRAGMA journal_mode = WAL; PRAGMA cache_size = -1024; "
        "PRAGMA wal_autocheckpoint = 4000; "
        "PRAGMA synchronous = OFF");  // begin_run() sets what the user wants
    if (fresh) {
      database.run(creation().c_str());
    }
    if (!fresh && is_upgradable(database.integer("PRAGMA user_version"))) {
      check_pages(database, path);
      new_log.keep();
      database.run("PRAGMA synchronous = FULL");
      upgrade_journal(database);
    }
    if (!is_new) check(database, path);
    keep_log_at_close(database, false);
    if (was_killed) empty_log(database);
    if (!was_killed || bytes_of(directory, "job.db-wal") == 0) record_boot_of_log(directory);
    new_log.keep();
    return database;
  } catch (const sqlite::Error& error) {
    throw_explained(path, error);
  }
}

sqlite::Database open_journal_without_lock(const JobDirectory& directory) {
  const std::string path = directory.path_of(journal_file);
  // If there is no log to read with it, the file is taken as it is.
  const bool has_log = bytes_of(directory, "job.db-wal") > 0;
  sqlite::Database database = open_undamaged(directory, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                                             has_log ? "" : "?immutable=1", FileLocks::none);
  try {
    // The index of the log is kept in this process's memory then.
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    keep_log_at_close(database, true);
    const bool is_ours = database.integer("PRAGMA application_id") == journal_application_id;
    if (is_ours && is_upgradable(database.integer("PRAGMA user_version"))) {
      database = upgraded_copy(database);
    }
    check(database, path);
    return database;
  } catch (const sqlite::Error& error) {
    require_readable(database, path);
    throw_explained(path, error);
  } catch (const UsageError&) {
    require_readable(database, path);
    throw;
  }
}

sqlite::Database new_journal_in_memory() {
  sqlite::Database database(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.run(creation().c_str());
  return database;
}

void throw_impossible_rows(const std::string& path) {
  throw unusable(path, "is damaged (it has rows that no run has made)");
}

}  // namespace wm
