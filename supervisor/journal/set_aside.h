#pragma once

// --rebuild-journal: the old journal makes room for a new one and is kept.

#include <optional>
#include <string>

#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Renames job.db, with what SQLite keeps beside it, to job.db.damaged-UTC, and returns that name; none when
/// there is no such file. The caller holds the job's lock. Throws std::system_error.
[[nodiscard]] std::optional<std::string> set_aside_journal(const JobDirectory& directory);

}  // namespace wm
