#pragma once

// The status of a job as another process sees it: what status.json says, and whether a supervisor holds the
// job.

#include <cstddef>
#include <optional>
#include <string>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/report/job_status.h"
#include "supervisor/report/status_text.h"

namespace wm {

struct SeenStatus {
  std::optional<StoredStatus> stored;  // none: a run has just begun
  JobState state{};
};

/// Not in the process that holds the job. Throws UsageError when there is no status of this version.
[[nodiscard]] SeenStatus see_status(const JobDirectory& job);

/// Lines of at most `columns` characters.
[[nodiscard]] std::string seen_status_text(const SeenStatus& seen, std::size_t columns);

}  // namespace wm
