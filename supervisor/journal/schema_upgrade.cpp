#include "supervisor/journal/schema_upgrade.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "supervisor/journal/schema.h"
#include "supervisor/journal/schema_check.h"

namespace wm {
namespace {

constexpr std::string_view run_columns_5 =
    "id, started, ended, exit_code, pid, token, boot_id, command, recipe, inputs, marked, up_to_date, "
    "failed, quarantined, pending, ignored, rebuild";
constexpr std::string_view run_columns_6 =
    "id, started, ended, exit_code, pid, token, boot_id, command, recipe, inputs, marked, up_to_date, "
    "failed, quarantined, pending, ignored, rebuild, unmarked";
constexpr std::string_view run_columns_7 =
    "id, started, ended, exit_code, reason, pid, token, boot_id, command, recipe, output_directory, "
    "elapsed_ms, inputs, marked, unmarked, up_to_date, failed, quarantined, pending, ignored, workers, "
    "restarts, retries, crashes, input_bytes, output_bytes, unreadable_directories, damaged, "
    "links_not_followed, rebuild";
constexpr std::string_view file_columns_5 =
    "id, input, shown_from, output, size, mtime_ns, recipe, state, run, done_run, attempts, interrupted, "
    "started_ns, kind, message, worker, elapsed_us, output_bytes, jpeg_path, jpeg_reason, notes, crash";

std::string_view run_columns_of(std::int64_t version) {
  if (version == 5) return run_columns_5;
  return version == 6 ? run_columns_6 : run_columns_7;
}

/// The SQL of the tables is compared with the schema later, so they are created by it instead of altered.
/// Version 6 has this version's table `file`, and version 7 has its tables of figures over time, too.
std::string steps_from(std::int64_t version) {
  std::string steps = fmt::format(
      "ALTER TABLE run RENAME TO old_run;"
      "{0}"
      "INSERT INTO run ({1}) SELECT {1} FROM old_run;"
      "DROP TABLE old_run;",
      run_table, run_columns_of(version));
  if (version < 7) steps += run_figure_tables;
  if (version == 5) {
    steps += fmt::format(
        "DROP INDEX file_started;"
        "ALTER TABLE file RENAME TO old_file;"
        "{0}"
        "INSERT INTO file ({1}) SELECT {1} FROM old_file;"
        "DROP TABLE old_file;",
        file_tables, file_columns_5);
  }
  return steps;
}

/// Indexes and triggers that users have added to the tables that are made again.
std::vector<std::string> additions(const sqlite::Database& database, std::int64_t version) {
  std::vector<std::string> statements;
  sqlite::Statement found(
      database,
      "SELECT sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL "
      "AND (tbl_name = 'run' OR tbl_name = 'file' AND ?1 = 5) AND name != 'file_started'");
  found.bind(1, version);
  while (found.step()) statements.push_back(found.bytes(0));
  return statements;
}

/// Those that fit the new tables: an index of a column that is no more is left out.
void add_again(sqlite::Database& database, const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) {
    try {
      database.run(statement.c_str());
    } catch (const sqlite::Error& error) {
      if (error.code() != SQLITE_ERROR) throw;
    }
  }
}

void remake_tables(sqlite::Database& database) {
  const std::int64_t version = database.integer("PRAGMA user_version");
  const std::vector<std::string> added = additions(database, version);
  database.run(steps_from(version).c_str());
  add_again(database, added);
}

}  // namespace

void upgrade_journal(sqlite::Database& database) {
  // Users' views and triggers go on naming the tables, whatever these are called for a moment.
  database.run("PRAGMA legacy_alter_table = ON");
  try {
    database.run("BEGIN IMMEDIATE");
    remake_tables(database);
    if (!has_intact_file_tables(database)) throw sqlite::Error(SQLITE_SCHEMA, "the table file is another");
    database.run(fmt::format("PRAGMA user_version = {}; COMMIT", journal_version).c_str());
    database.run("PRAGMA legacy_alter_table = OFF");
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
