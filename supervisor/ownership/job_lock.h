#pragma once

// Ensures that a job directory has only one supervisor, with a file lock that the kernel releases when its
// holder dies.

#include <sys/types.h>

#include <optional>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

class JobLock {
 public:
  /// Creates JOB_DIR/lock when it is missing. Throws JobHeld, which names the other supervisor's pid, when
  /// the lock is held, and UsageError when the file cannot be created.
  explicit JobLock(const JobDirectory& directory);

  /// The pid of the supervisor that runs the job in this directory; none when there is none, 0 when the
  /// kernel does not report the pid (it is on another machine or in another container). Must not be called in
  /// the process that holds the lock, which would lose it. Throws UsageError, std::system_error.
  [[nodiscard]] static std::optional<pid_t> holder(const JobDirectory& directory);

 private:
  UniqueFd file_;  // closing it, or any other descriptor of the file, releases the lock
};

}  // namespace wm
