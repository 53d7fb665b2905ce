#include "tests/support/journal_rows.h"

#include <filesystem>
#include <memory>
#include <stdexcept>

#include <sqlite3.h>

#include "tests/support/temp_dir.h"

namespace wm::test {

namespace fs = std::filesystem;

std::vector<std::vector<std::string>> journal_rows(const std::string& job_directory,
                                                   const std::string& query) {
  const TempDir copy;
  for (const char* const name : {"job.db", "job.db-wal"}) {
    const fs::path from = fs::path(job_directory) / name;
    if (fs::exists(from)) fs::copy_file(from, fs::path(copy.path()) / name);
  }
  sqlite3* opened = nullptr;
  const int code =
      ::sqlite3_open_v2((copy.path() + "/job.db").c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, decltype(&::sqlite3_close)> database(opened, &::sqlite3_close);
  if (code != SQLITE_OK) throw std::runtime_error(::sqlite3_errstr(code));

  std::vector<std::vector<std::string>> rows;
  const auto on_row = [](void* into, int columns, char** values, char**) {
    std::vector<std::string> row(static_cast<std::size_t>(columns));
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = values[i] == nullptr ? "" : values[i];
    static_cast<std::vector<std::vector<std::string>>*>(into)->push_back(std::move(row));
    return 0;
  };
  if (::sqlite3_exec(database.get(), query.c_str(), on_row, &rows, nullptr) != SQLITE_OK) {
    throw std::runtime_error(query + ": " + ::sqlite3_errmsg(database.get()));
  }
  return rows;
}

std::int64_t journal_number(const std::string& job_directory, const std::string& query) {
  return std::stoll(journal_rows(job_directory, query).at(0).at(0));
}

}  // namespace wm::test
