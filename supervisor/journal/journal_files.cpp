#include "supervisor/journal/journal_files.h"

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace wm {
namespace {

constexpr const char* vfs_name = "wm-job-directory";
constexpr const char* copy_vfs_name = "wm-job-directory-copy";
constexpr const char* unlocked_vfs_name = "wm-job-directory-unlocked";

/// Leaves the path as it is. SQLite would first resolve the links in it, and so leave the opened directory
/// for whatever has its name by now.
int keep_path(sqlite3_vfs* /*vfs*/, const char* path, int room, char* result) {
  const std::size_t bytes = std::strlen(path) + 1;
  if (bytes > static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
  std::memcpy(result, path, bytes);
  return SQLITE_OK;
}

sqlite3_vfs* without_locks() {
  return ::sqlite3_vfs_find("unix-none");
}

/// Opens files of the job for reading only, and makes none, whatever SQLite asks for: it would open the log
/// for writing even to read from it, and merge and remove it at the end. A run that has begun meanwhile would
/// lose what it wrote. Temporary files have no name, and are as usual.
int open_for_reading(sqlite3_vfs* /*vfs*/, const char* path, sqlite3_file* file, int flags,
                     int* flags_taken) {
  if (path != nullptr) {
    flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    flags |= SQLITE_OPEN_READONLY;
  }
  sqlite3_vfs* const original = without_locks();
  return original->xOpen(original, path, file, flags, flags_taken);
}

int remove_nothing(sqlite3_vfs* /*vfs*/, const char* /*path*/, int /*sync*/) {
  return SQLITE_IOERR_DELETE;
}

/// One of SQLite's own VFSs, except for keep_path().
sqlite3_vfs keeping_paths(const sqlite3_vfs* original, const char* name) {
  sqlite3_vfs own = *original;
  own.zName = name;
  own.pNext = nullptr;
  own.xFullPathname = keep_path;
  return own;
}

sqlite3_vfs reading_without_locks() {
  sqlite3_vfs own = keeping_paths(without_locks(), unlocked_vfs_name);
  own.xOpen = open_for_reading;
  own.xDelete = remove_nothing;
  return own;
}

void register_vfs() {
  static sqlite3_vfs locking = keeping_paths(::sqlite3_vfs_find(nullptr), vfs_name);
  static sqlite3_vfs unlocked = reading_without_locks();
  static sqlite3_vfs copy = keeping_paths(without_locks(), copy_vfs_name);
  static const int registered = ::sqlite3_vfs_register(&locking, 0) | ::sqlite3_vfs_register(&unlocked, 0) |
                                ::sqlite3_vfs_register(&copy, 0);
  static_cast<void>(registered);
}

}  // namespace

void check_journal_files(const JobDirectory& directory) {
  for (const char* const suffix : journal_file_suffixes)
    static_cast<void>(directory.check_file(std::string(journal_file) + suffix));
}

sqlite::Database open_journal_file(const JobDirectory& directory, int flags, const char* parameters,
                                   FileLocks locks) {
  sqlite::configure();
  register_vfs();
  const bool is_uri = (flags & SQLITE_OPEN_URI) != 0;
  return {(is_uri ? "file:" : "") + directory.anchored_path(journal_file) + parameters, flags,
          locks == FileLocks::none ? unlocked_vfs_name : vfs_name};
}

sqlite::Database open_copy_file(const JobDirectory& directory, const std::string& name) {
  sqlite::configure();
  register_vfs();
  return {directory.anchored_path(name), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, copy_vfs_name};
}

}  // namespace wm
