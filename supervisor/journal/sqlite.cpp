#include "supervisor/journal/sqlite.h"

#include <cerrno>
#include <memory>

#include "common/os/file_size_limit.h"

namespace wm::sqlite {

void configure() {
  // Memory statistics, which nobody reads, would take a lock for every allocation.
  static const bool once = (::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), true);
  static_cast<void>(once);
}

Error::Error(sqlite3* database)
    : std::runtime_error(::sqlite3_errmsg(database)), code_(::sqlite3_extended_errcode(database)) {
  // SQLite reports an exhausted quota, and a full disk other than in a write, as an I/O error.
  const int error = code() == SQLITE_IOERR ? ::sqlite3_system_errno(database) : 0;
  out_of_space_ = error == ENOSPC || error == EDQUOT;
  size_hint_ = file_size_hint(error);
}

Database::Database(const std::string& path, int flags, const char* vfs) {
  configure();
  sqlite3* handle = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &handle, flags, vfs);
  handle_.reset(handle);
  if (code != SQLITE_OK)
    throw Error(code, handle != nullptr ? ::sqlite3_errmsg(handle) : ::sqlite3_errstr(code));
}

void Database::run(const char* statements) {
  const int code = ::sqlite3_exec(handle_.get(), statements, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw Error(handle_.get());
}

std::int64_t Database::integer(const char* query) {
  Statement statement(*this, query);
  return statement.step() ? statement.integer(0) : 0;
}

Statement::Statement(const Database& database, std::string_view text) {
  sqlite3_stmt* handle = nullptr;
  const int code = ::sqlite3_prepare_v3(database.handle(), text.data(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw Error(database.handle());
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw Error(::sqlite3_db_handle(handle_.get()));
}

Statement& Statement::bind(int position, std::int64_t value) {
  check(::sqlite3_bind_int64(handle_.get(), position, value));
  return *this;
}

Statement& Statement::bind_text(int position, std::string_view value) {
  check(
      ::sqlite3_bind_text64(handle_.get(), position, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int position, std::span<const std::byte> value) {
  // A null pointer would bind NULL instead of an empty blob.
  const void* const data = value.empty() ? "" : static_cast<const void*>(value.data());
  check(::sqlite3_bind_blob64(handle_.get(), position, data, value.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_null(int position) {
  check(::sqlite3_bind_null(handle_.get(), position));
  return *this;
}

bool Statement::step() {
  const int code = ::sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  // The error must be read before the statement is reset.
  const std::unique_ptr<Statement, void (*)(Statement*)> reset_after(this,
                                                                     [](Statement* self) { self->reset(); });
  throw Error(::sqlite3_db_handle(handle_.get()));
}

void Statement::execute() {
  step();
  reset();
}

std::string Statement::bytes(int column) const {
  const void* const data = ::sqlite3_column_blob(handle_.get(), column);
  const int size = ::sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string{}
                         : std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

}  // namespace wm::sqlite
