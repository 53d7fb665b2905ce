#pragma once

// Finds the job that a subcommand refers to: the directory that the user names, the one from the
// configuration file, or the one in the current directory.

#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// How the subcommand's user can name the job: JOB_DIR, or --job-dir DIR.
enum class JobNamedBy : std::uint8_t { operand, option };

/// `given` may be a job directory or an output directory with one in it. Without it: the job of
/// ./wm-supervisor.toml, else the current directory or ./.wm-supervisor. Throws UsageError when there is no
/// job, or it does not belong to the user.
[[nodiscard]] JobDirectory find_job_directory(const std::optional<std::string>& given,
                                              JobNamedBy named_by = JobNamedBy::operand);

/// Likewise the directory of a job with shards: the one with job.json.
[[nodiscard]] JobDirectory find_sharded_job_directory(const std::optional<std::string>& given);

}  // namespace wm
