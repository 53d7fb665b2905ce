#include "worker/stages/output_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/job/outcome.h"
#include "common/os/errno_error.h"
#include "common/os/file_mode.h"
#include "worker/stages/write_failure.h"

namespace wm {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// The directory whose mirror is the part of `relative` up to `end`; "" when the output mirrors no directory.
std::string original_of(std::string_view relative, std::size_t end, std::string_view input) {
  const std::string_view above = input.substr(0, std::min(input.rfind('/'), input.size()));
  const std::size_t below = relative.size() - end;
  const bool mirrors = above.size() > relative.size() && above.ends_with(relative) &&
                       above[above.size() - relative.size() - 1] == '/';
  return mirrors ? std::string(above.substr(0, above.size() - below)) : std::string();
}

}  // namespace

UniqueFd OutputTree::open_or_make(int parent, const std::string& name, const std::string& original) const {
  UniqueFd fd(::openat(parent, name.c_str(), directory_flags));
  if (fd) return fd;
  if (errno == ENOENT) {
    struct stat source {};
    source.st_mode = original.empty() ? all_of_directory : 0;  // no access, if its original has vanished
    if (!original.empty() && ::stat(original.c_str(), &source) == 0)
      leave_out_denials(original.c_str(), source);
    const bool made =
        ::mkdirat(parent, name.c_str(), mode_at_creation(source.st_mode, all_of_directory)) == 0;
    // Another worker may create it at the same time.
    if (!made && errno != EEXIST) {
      throw write_failure("cannot make the output directory \"" + name + "\"");
    }
    fd.reset(::openat(parent, name.c_str(), directory_flags));
    if (fd && made) share_with_group(fd.get(), source, all_of_directory, umask_);
    if (fd) return fd;
  }
  const int error = errno;
  struct stat status {};
  const bool link =
      ::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
  throw TaskFailure(FailureKind::write_error,
                    link ? "the output directory \"" + name + "\" is a symbolic link, which is not followed"
                         : "cannot open the output directory \"" + name + "\": " + errno_text(error));
}

UniqueFd OutputTree::open_root(const OutputRoot& expected) const {
  // The operator may have named a link.
  UniqueFd root(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!root || ::fstat(root.get(), &status) != 0) {
    throw TaskFailure(FailureKind::write_error, "cannot open the output directory: " + errno_text());
  }
  if (expected.inode != 0 && expected != output_root(status)) {
    throw TaskFailure(FailureKind::write_error,
                      "the output directory was replaced by another one while the job ran; run the same "
                      "command again to write into the one that is there now");
  }
  return root;
}

int OutputTree::directory(std::string_view relative, const Task& task) {
  if (!root_fd_) root_fd_ = open_root(task.output_root);
  if (relative.empty()) return root_fd_.get();
  if (last_fd_ && last_ == relative) {
    // The kept descriptor is only useful while its directory has a name.
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
    current = open_or_make(parent, name, original_of(relative, end, task.input));
    parent = current.get();
  }
  if (!current) return root_fd_.get();
  last_ = relative;
  last_fd_ = std::move(current);
  return last_fd_.get();
}

}  // namespace wm
