#pragma once

// --rebuild-journal: moves the old journal out of the way of a new one, and keeps it.

#include <optional>
#include <string>

#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Renames job.db, and the files that SQLite keeps next to it, to job.db.damaged-UTC, and returns that name;
/// none when there is no such file. The caller holds the job's lock. Throws std::system_error.
[[nodiscard]] std::optional<std::string> set_aside_journal(const JobDirectory& directory);

}  // namespace wm
