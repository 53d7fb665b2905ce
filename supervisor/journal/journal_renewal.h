#pragma once

// Parts from an owner that may wake up: what it has open is not the journal any more.

#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Replaces job.db and its log by copies of themselves. A process that has the old files open goes on writing
/// to them, where nobody reads. A commit that it is just making is in the copy or is not. The caller owns
/// the job and has not opened the journal. Throws UsageError, std::system_error.
void renew_journal(const JobDirectory& directory);
/// Somebody opened the journal and did not close it: it died, or has it open.
[[nodiscard]] bool is_unclosed(const JobDirectory& directory);

}  // namespace wm
