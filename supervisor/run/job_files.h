#pragma once

// The directories of a job: checked first, created only when nothing can stop the job any more.

#include <string>
#include <system_error>

#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/report/metrics_text.h"
#include "supervisor/shards/sharded_job.h"
#include "supervisor/text/usage_error.h"

namespace wm {

/// Checks that the output, job and log directories exist and are writable, or can be made. Touches nothing.
/// Throws UsageError.
void check_job_directories(const JobSettings& settings);

/// Creates missing directories, joins a job of several shards, and opens the job directory. Throws
/// UsageError.
[[nodiscard]] JobDirectory create_job_directories(const JobSettings& settings);

/// The job that the shard belongs to, from now on at the latest. The directories must have been made. Throws
/// UsageError if it is another one; std::system_error.
[[nodiscard]] ShardedJob join_job(const JobSettings& settings);

/// If something cannot be opened before a run has begun, the cause is permissions or the disk, not the run.
[[nodiscard]] UsageError cannot_open(const std::system_error& error);
/// The result of `open`. Throws UsageError in place of std::system_error.
template <class Open>
auto opened(const Open& open) {
  try {
    return open();
  } catch (const std::system_error& error) {
    throw cannot_open(error);
  }
}

/// Whose metrics a run writes.
[[nodiscard]] MeasuredJob measured_job(const JobSettings& settings);

/// `path` made absolute and normalised lexically, without resolving symlinks.
[[nodiscard]] std::string absolute(const std::string& path);

}  // namespace wm
