#pragma once

// The directories of a job: checked first, created only when nothing can stop the job any more.

#include <string>

#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Checks that the output, job and log directories exist and are writable, or can be made. Touches nothing.
/// Throws UsageError.
void check_job_directories(const JobSettings& settings);

/// Creates missing directories, and opens the job directory. Throws UsageError.
[[nodiscard]] JobDirectory create_job_directories(const JobSettings& settings);

/// `path` made absolute and normalised lexically, without resolving symlinks.
[[nodiscard]] std::string absolute(const std::string& path);

}  // namespace wm
