#include "supervisor/journal/journal_files.h"

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace wm {
namespace {

constexpr const char* vfs_name = "wm-job-directory";

/// Leaves the path as it is. SQLite would first resolve the links in it, and so leave the opened directory
/// for whatever has its name by now.
int keep_path(sqlite3_vfs* /*vfs*/, const char* path, int room, char* result) {
  const std::size_t bytes = std::strlen(path) + 1;
  if (bytes > static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
  std::memcpy(result, path, bytes);
  return SQLITE_OK;
}

/// SQLite's own VFS, except for keep_path().
void register_vfs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs own = *::sqlite3_vfs_find(nullptr);
    own.zName = vfs_name;
    own.pNext = nullptr;
    own.xFullPathname = keep_path;
    return own;
  }();
  static const int registered = ::sqlite3_vfs_register(&vfs, 0);
  static_cast<void>(registered);
}

}  // namespace

void check_journal_files(const JobDirectory& directory) {
  for (const char* const suffix : journal_file_suffixes)
    static_cast<void>(directory.check_file(std::string(journal_file) + suffix));
}

sqlite::Database open_journal_file(const JobDirectory& directory, int flags, const char* parameters) {
  sqlite::configure();
  register_vfs();
  const bool is_uri = (flags & SQLITE_OPEN_URI) != 0;
  return {(is_uri ? "file:" : "") + directory.anchored_path(journal_file) + parameters, flags, vfs_name};
}

}  // namespace wm
