#pragma once

// The journal's files in the job directory, and how SQLite opens them there: SQLite identifies files by their
// paths only, so it gets paths that stay in the opened directory. May be called from any thread.

#include <array>
#include <cstdint>
#include <string>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

inline constexpr const char* journal_file = "job.db";
/// The suffixes of the files that SQLite keeps next to it, of log_boot.h, and finally that of job.db itself.
inline constexpr std::array<const char*, 5> journal_file_suffixes{"-wal", "-shm", "-journal", "-boot", ""};

/// Throws UsageError when one of them is not a regular file of the user's own: SQLite would follow a link, or
/// wait for a FIFO.
void check_journal_files(const JobDirectory& directory);

enum class FileLocks : std::uint8_t {
  taken,
  none,  // the caller reads in locking mode EXCLUSIVE, which nobody else notices then; no file is changed,
         // made or removed
};

/// Opens job.db with flags of sqlite3_open_v2(), after check_journal_files(). `parameters` are those of a URI
/// ("?immutable=1"), with SQLITE_OPEN_URI. The directory must stay open as long as the database. Throws
/// sqlite::Error.
[[nodiscard]] sqlite::Database open_journal_file(const JobDirectory& directory, int flags,
                                                 const char* parameters = "",
                                                 FileLocks locks = FileLocks::taken);

/// Opens a file of another name for writing a whole database into it. Nobody else may use it: it is not
/// locked, so any file system will do. Throws sqlite::Error.
[[nodiscard]] sqlite::Database open_copy_file(const JobDirectory& directory, const std::string& name);

}  // namespace wm
