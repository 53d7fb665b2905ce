#include "supervisor/input/off_limits.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <climits>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/text/escape.h"

namespace wm {

OffLimits::OffLimits(const std::string& output_directory, const std::string& job_directory,
                     const std::string& quarantine_directory)
    : paths_{output_directory, job_directory, quarantine_directory} {}

bool OffLimits::is(const FileIdentity& directory) const {
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    struct ::stat status {};
    if (!found_[i] && ::stat(paths_[i].c_str(), &status) == 0)
      found_[i] = identity(status);
    else if (!found_[i] && !is_absence(errno))
      throw_errno("cannot look at " + shown_path(paths_[i]));
    if (found_[i] == directory) return true;
  }
  return false;
}

bool OffLimits::hold(int directory_fd) const {
  struct ::stat status {};
  check_errno(::fstat(directory_fd, &status), "cannot look at a directory");
  UniqueFd above;
  for (int fd = directory_fd;;) {
    const FileIdentity here = identity(status);
    if (is(here)) return true;
    UniqueFd parent(::openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!parent && errno == EACCES) return false;
    if (!parent || ::fstat(parent.get(), &status) != 0) throw_errno("cannot look above a directory");
    if (identity(status) == here) return false;
    above = std::move(parent);
    fd = above.get();
  }
}

bool OffLimits::hold_file(int file_fd) const {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(file_fd);
  const ::ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  if (length < 0) throw_errno("cannot read " + link);
  std::string directory(path.data(), static_cast<std::size_t>(length));
  directory.erase(directory.rfind('/') + 1);
  return hold_opened(directory);
}

bool OffLimits::hold_behind_link(const std::string& path) const {
  struct ::stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return false;
  const UniqueFd file(::open(path.c_str(), O_PATH | O_CLOEXEC));
  return file && hold_file(file.get());
}

bool OffLimits::hold_opened(const std::string& directory) const {
  const UniqueFd fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (fd) return hold(fd.get());
  if (is_absence(errno) || errno == EACCES || errno == ELOOP || errno == ENAMETOOLONG) return false;
  throw_errno("cannot look at " + shown_path(directory));
}

bool OffLimits::hold(const std::string& directory) {
  if (directory != last_asked_ || last_asked_.empty()) {
    last_answer_ = hold_opened(directory);
    last_asked_ = directory;
  }
  return last_answer_;
}

}  // namespace wm
