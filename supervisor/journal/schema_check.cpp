#include "supervisor/journal/schema_check.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "supervisor/journal/schema.h"

namespace wm {
namespace {

/// The SQL that SQLite has stored for what the statements in `schema` create.
bool has(const sqlite::Database& database, const std::string& schema) {
  sqlite::Database intact(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  intact.run(schema.c_str());
  sqlite::Statement wanted(intact, "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
  sqlite::Statement found(database, "SELECT sql FROM sqlite_schema WHERE name = ?1");
  while (wanted.step()) {
    const std::string name = wanted.bytes(0);
    found.bind_text(1, name);
    const bool is_there = found.step() && found.bytes(0) == wanted.bytes(1);
    found.reset();
    if (!is_there) return false;
  }
  return true;
}

}  // namespace

bool has_intact_schema(const sqlite::Database& database) {
  return has(database, journal_schema());
}

bool has_intact_file_tables(const sqlite::Database& database) {
  return has(database, std::string(file_tables));
}

}  // namespace wm
