#pragma once

// One job directory has one supervisor: a file lock that the kernel takes away when its holder dies.

#include <string>

#include <boost/interprocess/sync/file_lock.hpp>

namespace wm {

class JobLock {
 public:
  /// Creates JOB_DIR/lock when it is missing. Throws UsageError that names the other supervisor's pid when
  /// the lock is held, or says why the file cannot be made.
  explicit JobLock(const std::string& job_directory);

 private:
  boost::interprocess::file_lock lock_;
};

}  // namespace wm
