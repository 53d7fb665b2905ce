#pragma once

// Opens job.db and reports what is wrong with it: damage that SQLite detects, damage that SQLite would repair
// by dropping data without an error, and files of other programs and versions.

#include <cstdint>
#include <string>

#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/sqlite.h"
#include "supervisor/text/usage_error.h"

namespace wm {

/// Why the journal cannot be used any more, and what to do about it: two halves of one line for the user.
struct JournalError {
  std::string problem, advice;
  bool disk_full = false;   // it may be written again once there is room
  bool unreadable = false;  // the file system gave an error, or the machine lacks something
  bool unsynced = false;    // outputs did not reach the disk; the journal can be written
};

/// What an error of the database at `path` means to the user. Any thread.
[[nodiscard]] JournalError explain(const std::string& path, const sqlite::Error& error);
/// For a journal that is read: throws what explain() says as JobHeld, Unreadable or another UsageError.
[[noreturn]] void throw_explained(const std::string& path, const sqlite::Error& error);
/// Throws Unreadable if it was a failed read that made this database look damaged: SQLite does not
/// always say so.
void require_readable(const sqlite::Database& database, const std::string& path);

/// Whether other connections of this process read the journal during a run.
enum class JournalReaders : std::uint8_t {
  none,  // the index of the log is private memory, so that network file systems and full ones will do
  some,  // it is a file, next to the journal
};

// These throw UsageError when the file is not a journal, is damaged, or comes from another version.

/// Opens or creates job.db, and upgrades one of an earlier version; a new file is synced unless the run's
/// durability is none.
[[nodiscard]] sqlite::Database open_journal(const JobDirectory& directory, Durability durability,
                                            JournalReaders readers = JournalReaders::none);
/// For reading only, without a lock, so that no run is refused because somebody reads: what is read is
/// worthless if a run has begun meanwhile. No file is made or changed.
[[nodiscard]] sqlite::Database open_journal_without_lock(const JobDirectory& directory);
/// A journal in memory, for a job that has none yet.
[[nodiscard]] sqlite::Database new_journal_in_memory();

/// For a journal with rows that no run can have made. Throws UsageError.
[[noreturn]] void throw_impossible_rows(const std::string& path);

}  // namespace wm
