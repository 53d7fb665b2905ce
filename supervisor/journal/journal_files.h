#pragma once

// The journal's files in the job directory, and how SQLite opens them there: SQLite identifies files by their
// paths only, so it gets paths that stay in the opened directory. May be called from any thread.

#include <array>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

inline constexpr const char* journal_file = "job.db";
/// The suffixes of the files that SQLite keeps next to it, and finally that of job.db itself.
inline constexpr std::array<const char*, 4> journal_file_suffixes{"-wal", "-shm", "-journal", ""};

/// Throws UsageError when one of them is not a regular file of the user's own: SQLite would follow a link, or
/// wait for a FIFO.
void check_journal_files(const JobDirectory& directory);

/// Opens job.db with flags of sqlite3_open_v2(), after check_journal_files(). `parameters` are those of a URI
/// ("?immutable=1"), with SQLITE_OPEN_URI. The directory must stay open as long as the database. Throws
/// sqlite::Error.
[[nodiscard]] sqlite::Database open_journal_file(const JobDirectory& directory, int flags,
                                                 const char* parameters = "");

}  // namespace wm
