#pragma once

// Whether a run holds a job, as another process sees it that changes nothing. Any thread.

#include <sys/types.h>

#include <optional>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/ownership/owner_record.h"

namespace wm {

struct JobHolder {
  pid_t pid = 0;                      // here; 0: on another machine or in another container
  std::optional<OwnerRecord> record;  // of the owner's file, if that is its
};

/// The supervisor that runs the job in this directory: who holds its lock, or else whose owner's file is
/// there, if its process runs here or it has touched the file. The latter may have died up to two minutes ago
/// if it ran elsewhere, or more if the clocks of the two machines differ. Must not be called in the process
/// that holds the lock, which would lose it. Throws UsageError, std::system_error.
[[nodiscard]] std::optional<JobHolder> job_holder(const JobDirectory& directory);

}  // namespace wm
