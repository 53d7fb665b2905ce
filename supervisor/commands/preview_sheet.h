#pragma once

// --preview N: some pictures of a job with their marks, before the job is run. Neither the output nor the
// job's directory is made or touched.

#include "supervisor/cli/job_settings.h"

namespace wm {

/// Returns the exit code. Throws UsageError, std::system_error.
[[nodiscard]] int preview_sheet(const JobSettings& settings);

}  // namespace wm
