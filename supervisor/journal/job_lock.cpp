#include "supervisor/journal/job_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/cli/usage_error.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

/// Who holds the lock, as far as the kernel tells (0 across machines and pid namespaces).
pid_t holder_of(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (!file || ::fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
}

}  // namespace

JobLock::JobLock(const std::string& job_directory) {
  const std::string path = job_directory + "/lock";
  {
    // Closed before the lock is taken: closing any descriptor of the file would give the lock up.
    const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file) {
      throw UsageError(
          fmt::format("cannot create {}: {}; choose another --job-dir", shown_path(path), errno_text()));
    }
  }
  try {
    lock_ = boost::interprocess::file_lock(path.c_str());
    if (lock_.try_lock()) return;
  } catch (const boost::interprocess::interprocess_exception& error) {
    throw UsageError(fmt::format("cannot lock {}: {}", shown_path(path), error.what()));
  }
  const pid_t pid = holder_of(path);
  const std::string who =
      pid > 0 ? fmt::format("pid {}", pid) : std::string("on another machine or in another container");
  throw UsageError(fmt::format(
      "another wm-supervisor ({}) is running the job in {}; wait for it, stop it, or use another --job-dir",
      who, shown_path(job_directory)));
}

}  // namespace wm
