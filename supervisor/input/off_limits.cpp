#include "supervisor/input/off_limits.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include <climits>

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

bool OffLimits::hold_file(int file_fd) const {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(file_fd);
  const ::ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  if (length <= 0) return false;
  std::string directory(path.data(), static_cast<std::size_t>(length));
  directory.erase(directory.rfind('/') + 1);
  const UniqueFd fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return fd && hold(fd.get());
}

bool OffLimits::hold_behind_link(const std::string& path) const {
  struct ::stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return false;
  const UniqueFd file(::open(path.c_str(), O_PATH | O_CLOEXEC));
  return file && hold_file(file.get());
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
