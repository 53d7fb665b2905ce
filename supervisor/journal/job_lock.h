#pragma once

// One job directory has one supervisor: a file lock that the kernel takes away when its holder dies.

#include <sys/types.h>

#include <optional>

#include <boost/interprocess/sync/file_lock.hpp>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

class JobLock {
 public:
  /// Creates JOB_DIR/lock when it is missing. Throws UsageError that names the other supervisor's pid when
  /// the lock is held, or says why the file cannot be made.
  explicit JobLock(const JobDirectory& directory);

  /// The supervisor that runs the job in this directory; none when there is none, 0 when the kernel does not
  /// tell its pid (it is on another machine or in another container). Never in the process that has the lock:
  /// it would give it up. Throws UsageError, std::system_error.
  [[nodiscard]] static std::optional<pid_t> holder(const JobDirectory& directory);

 private:
  // Both descriptors of the file stay open together: closing one gives the lock up.
  UniqueFd file_;
  boost::interprocess::file_lock lock_;
};

}  // namespace wm
