// docs/journal.md has every table and column of the journal, and its version.

#include <set>
#include <string>

#include <fmt/format.h>

#include "supervisor/journal/schema.h"
#include "supervisor/journal/sqlite.h"
#include "tests/support/catch.h"
#include "tests/support/documents.h"

namespace wm {
namespace {

using Names = std::set<std::string>;

const std::string document_file = "docs/journal.md";

TEST_CASE("the document has the columns of every table, and no others") {
  sqlite::Database database(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.run(journal_schema().c_str());
  std::size_t tables = 0;
  sqlite::Statement names(database, "SELECT name FROM sqlite_schema WHERE type = 'table'");
  while (names.step()) {
    ++tables;
    const std::string table = names.bytes(0);
    CAPTURE(table);
    Names columns;
    sqlite::Statement query(database, fmt::format("SELECT name FROM pragma_table_info('{}')", table));
    while (query.step()) columns.insert(query.bytes(0));
    CHECK(test::names_in_table(test::section(test::document(document_file), "### " + table + ":")) ==
          columns);
  }
  CHECK(tables == 5);
}

TEST_CASE("the document has the journal's version") {
  const std::string text = test::document(document_file);
  CHECK(text.find(fmt::format("`PRAGMA user_version` is {},", journal_version)) != std::string::npos);
  CHECK(text.find(fmt::format("0x{:08X}", journal_application_id)) != std::string::npos);
}

}  // namespace
}  // namespace wm
