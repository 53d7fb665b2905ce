#pragma once

// A wrapper of SQLite with ownership and exceptions: just what the journal needs. One thread per database.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace wm::sqlite {

class Error : public std::runtime_error {
 public:
  Error(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// The last error of an open database.
  explicit Error(sqlite3* database);
  /// The primary result code, e.g. SQLITE_FULL.
  [[nodiscard]] int code() const noexcept { return code_ & 0xFF; }
  /// The disk is full, or a quota is used up.
  [[nodiscard]] bool out_of_space() const noexcept { return code() == SQLITE_FULL || out_of_space_; }
  /// file_size_hint() when the file has reached the limit on file sizes; "" otherwise.
  [[nodiscard]] const std::string& size_hint() const noexcept { return size_hint_; }

 private:
  int code_;
  bool out_of_space_ = false;
  std::string size_hint_;
};

/// Makes settings for the whole library. They take effect only before its first use, so call this before
/// anything else; Database calls it, too.
void configure();

class Database {
 public:
  /// `flags` and `vfs` are those of sqlite3_open_v2(). Throws Error.
  Database(const std::string& path, int flags, const char* vfs = nullptr);

  /// Throws Error.
  void run(const char* statements);
  [[nodiscard]] std::int64_t integer(const char* query);
  [[nodiscard]] std::int64_t last_row() const noexcept { return ::sqlite3_last_insert_rowid(handle_.get()); }
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { ::sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. Values are bound by position from 1; bound values must live until the next reset.
class Statement {
 public:
  Statement(const Database& database, std::string_view text);

  Statement& bind(int position, std::int64_t value);
  Statement& bind_text(int position, std::string_view value);
  Statement& bind_blob(int position, std::span<const std::byte> value);
  Statement& bind_blob(int position, std::string_view value) {
    return bind_blob(position, std::as_bytes(std::span(value)));
  }
  Statement& bind_null(int position);

  /// True when there is a row. Throws Error.
  bool step();
  /// Runs a statement without rows and makes it ready for the next use. Throws Error.
  void execute();
  void reset() noexcept { ::sqlite3_reset(handle_.get()); }

  [[nodiscard]] std::int64_t integer(int column) const {
    return ::sqlite3_column_int64(handle_.get(), column);
  }
  [[nodiscard]] std::string bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const {
    return ::sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
  }

 private:
  void check(int code) const;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const noexcept { ::sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

}  // namespace wm::sqlite
