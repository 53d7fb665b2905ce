#pragma once

// --preview N: shows some pictures of a job with their marks, before the job is run. Neither the output nor
// the job's directory is created or changed.

#include "supervisor/cli/job_settings.h"

namespace wm {

/// Returns the exit code. Throws UsageError, std::system_error.
[[nodiscard]] int preview_sheet(const JobSettings& settings);

}  // namespace wm
