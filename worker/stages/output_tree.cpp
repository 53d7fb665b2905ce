#include "worker/stages/output_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/job/outcome.h"
#include "common/os/errno_error.h"
#include "worker/stages/write_failure.h"

namespace wm {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

UniqueFd open_component(int parent, const std::string& name) {
  UniqueFd fd(::openat(parent, name.c_str(), directory_flags));
  if (!fd && errno == ENOENT) {
    // Another worker may make it at the same time.
    if (::mkdirat(parent, name.c_str(), 0777) != 0 && errno != EEXIST) {
      throw write_failure("cannot make the output directory \"" + name + "\"");
    }
    fd.reset(::openat(parent, name.c_str(), directory_flags));
  }
  if (fd) return fd;
  const int error = errno;
  struct stat status {};
  const bool link =
      ::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
  throw TaskFailure(FailureKind::write_error,
                    link ? "the output directory \"" + name + "\" is a symbolic link, which is not followed"
                         : "cannot open the output directory \"" + name + "\": " + errno_text(error));
}

}  // namespace

int OutputTree::directory(std::string_view relative) {
  if (!root_fd_) {
    // The root itself is what the operator named and may be a link.
    root_fd_.reset(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_fd_) {
      throw TaskFailure(FailureKind::write_error, "cannot open the output directory: " + errno_text());
    }
  }
  if (relative.empty()) return root_fd_.get();
  if (last_fd_ && last_ == relative) {
    // The kept descriptor is of use only while its directory has a name.
    struct stat status {};
    if (::fstat(last_fd_.get(), &status) == 0 && status.st_nlink > 0) return last_fd_.get();
  }
  last_fd_.reset();
  UniqueFd current;
  int parent = root_fd_.get();
  for (std::size_t begin = 0; begin < relative.size();) {
    const std::size_t end = std::min(relative.find('/', begin), relative.size());
    const std::string name(relative.substr(begin, end - begin));
    begin = end + 1;
    if (name.empty()) continue;
    if (name == "." || name == "..") {
      throw TaskFailure(FailureKind::write_error, "the output's path is not below the output directory");
    }
    current = open_component(parent, name);
    parent = current.get();
  }
  if (!current) return root_fd_.get();
  last_ = relative;
  last_fd_ = std::move(current);
  return last_fd_.get();
}

}  // namespace wm
