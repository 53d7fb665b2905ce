#pragma once

// Opens job.db and reports what is wrong with it: damage that SQLite detects, damage that SQLite would repair
// by dropping data without an error, and files of other programs and versions.

#include <string>

#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

/// Why the journal cannot be used any more, and what to do about it: two halves of one line for the user.
struct JournalError {
  std::string problem, advice;
  bool disk_full = false;  // it may be written again once there is room
};

/// What an error of the database at `path` means to the user. Any thread.
[[nodiscard]] JournalError explain(const std::string& path, const sqlite::Error& error);

// These throw UsageError when the file is not a journal, is damaged, or comes from another version.

/// Opens or creates job.db, and upgrades one of the previous version; a new file is synced unless the run's
/// durability is none.
[[nodiscard]] sqlite::Database open_journal(const JobDirectory& directory, Durability durability);
/// For reading only; nobody else may write it meanwhile.
[[nodiscard]] sqlite::Database open_journal_read_only(const JobDirectory& directory);
/// A journal in memory, for a job that has none yet.
[[nodiscard]] sqlite::Database new_journal_in_memory();

/// For a journal with rows that no run can have made. Throws UsageError.
[[noreturn]] void throw_impossible_rows(const std::string& path);

}  // namespace wm
