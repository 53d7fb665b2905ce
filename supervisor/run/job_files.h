#pragma once

// The directories of a job: looked at first, made only when nothing can stop the job any more.

#include <string>

#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Checks that the output, job and log directories exist and are writable, or can be made. Touches nothing.
/// Throws UsageError.
void check_job_directories(const JobSettings& settings);

/// Makes what is missing, and opens the job directory. Throws UsageError.
[[nodiscard]] JobDirectory create_job_directories(const JobSettings& settings);

/// `path`, absolute, as far as it goes: the working directory in front, no symlinks resolved.
[[nodiscard]] std::string absolute(const std::string& path);

}  // namespace wm
