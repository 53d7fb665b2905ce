#include "supervisor/input/off_limits.h"

#include <fcntl.h>

#include <algorithm>

#include "common/os/unique_fd.h"

namespace wm {

OffLimits::OffLimits(const std::string& output_directory, const std::string& job_directory,
                     const std::string& quarantine_directory)
    : paths_{output_directory, job_directory, quarantine_directory} {}

bool OffLimits::is(const FileIdentity& directory) const {
  return std::any_of(paths_.begin(), paths_.end(), [&](const std::string& path) {
    struct ::stat status {};
    return ::stat(path.c_str(), &status) == 0 && identity(status) == directory;
  });
}

bool OffLimits::hold(int directory_fd) const {
  struct ::stat status {};
  if (::fstat(directory_fd, &status) != 0) return false;
  UniqueFd above;
  for (int fd = directory_fd;;) {
    const FileIdentity here = identity(status);
    if (is(here)) return true;
    UniqueFd parent(::openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!parent || ::fstat(parent.get(), &status) != 0 || identity(status) == here) return false;
    above = std::move(parent);
    fd = above.get();
  }
}

bool OffLimits::hold(const std::string& directory) {
  if (directory != last_asked_ || last_asked_.empty()) {
    const UniqueFd fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    last_answer_ = fd && hold(fd.get());
    last_asked_ = directory;
  }
  return last_answer_;
}

}  // namespace wm
