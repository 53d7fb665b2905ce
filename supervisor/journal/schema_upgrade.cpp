#include "supervisor/journal/schema_upgrade.h"

#include <fmt/format.h>

#include "supervisor/journal/schema.h"

namespace wm {
namespace {

constexpr const char* run_columns =
    "id, started, ended, exit_code, pid, token, boot_id, command, recipe, inputs, marked, up_to_date, "
    "failed, "
    "quarantined, pending, ignored, rebuild";
constexpr const char* file_columns =
    "id, input, shown_from, output, size, mtime_ns, recipe, state, run, done_run, attempts, interrupted, "
    "started_ns, kind, message, worker, elapsed_us, output_bytes, jpeg_path, jpeg_reason, notes, crash";

}  // namespace

void upgrade_journal(sqlite::Database& database) {
  // The SQL of the tables is compared with the schema later, so the tables are created by it instead of
  // altered.
  const std::string statements = fmt::format(
      "BEGIN IMMEDIATE;"
      "DROP INDEX file_started;"
      "ALTER TABLE run RENAME TO old_run;"
      "ALTER TABLE file RENAME TO old_file;"
      "{0}"
      "INSERT INTO run ({1}) SELECT {1} FROM old_run;"
      "INSERT INTO file ({2}) SELECT {2} FROM old_file;"
      "DROP TABLE old_run;"
      "DROP TABLE old_file;"
      "PRAGMA user_version = {3};"
      "COMMIT;",
      journal_schema, run_columns, file_columns, journal_version);
  try {
    database.run(statements.c_str());
  } catch (const sqlite::Error&) {
    if (::sqlite3_get_autocommit(database.handle()) == 0) {
      ::sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    throw;
  }
}

sqlite::Database upgraded_copy(const sqlite::Database& database) {
  sqlite::Database copy(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3_backup* const backup = ::sqlite3_backup_init(copy.handle(), "main", database.handle(), "main");
  if (backup == nullptr) throw sqlite::Error(copy.handle());
  ::sqlite3_backup_step(backup, -1);
  if (::sqlite3_backup_finish(backup) != SQLITE_OK) throw sqlite::Error(copy.handle());
  upgrade_journal(copy);
  return copy;
}

}  // namespace wm
