#include "supervisor/trusted_files/user_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/random_number.h"
#include "common/os/rename_new.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/open_directory.h"

namespace wm {

namespace {

std::string temporary_name() {
  return fmt::format(".wm-supervisor-{:016x}.new", random_number());
}

}  // namespace

UserFile::UserFile(const std::string& path, std::string said, Judge judge)
    : path_(path),
      said_(std::move(said)),
      judge_(std::move(judge)),
      what_("cannot write " + shown_path(path)) {
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  name_ = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name_.empty() || name_ == "." || name_ == "..") refuse("names no file");
  try {
    directory_ = open_directory(parent);
  } catch (const std::system_error& error) {
    refuse(fmt::format("its directory cannot be opened ({})", error.code().message()));
  }
  if (::faccessat(directory_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    refuse(fmt::format("its directory is not writable ({})", errno_text()));
  }
  static_cast<void>(check_replaceable());
}

UserFile::~UserFile() {
  discard();
}

/// False: there is none.
bool UserFile::check_replaceable() const {
  struct stat status {};
  if (::fstatat(directory_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    refuse(errno_text());
  }
  if (S_ISLNK(status.st_mode)) refuse("is a symbolic link, which is not followed");
  if (S_ISDIR(status.st_mode)) refuse("is a directory; name a file");
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const UniqueFd file(S_ISREG(status.st_mode) ? ::openat(directory_.get(), name_.c_str(), flags) : -1);
  if (const std::string why = judge_(file ? file.get() : -1); !why.empty()) refuse(why);
  return true;
}

void UserFile::refuse(const std::string& why) const {
  throw UsageError(fmt::format("{} {}: {}", said_, shown_path(path_), why));
}

bool UserFile::has_same_name(const UserFile& other) const {
  struct stat one {
  }, another{};
  check_errno(::fstat(directory_.get(), &one), what_);
  check_errno(::fstat(other.directory_.get(), &another), other.what_);
  return one.st_dev == another.st_dev && one.st_ino == another.st_ino && name_ == other.name_;
}

void UserFile::begin(mode_t mode) {
  // Without /proc such a file could get no name.
  if (::access("/proc/self/fd", X_OK) == 0)
    fd_.reset(::openat(directory_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
  if (fd_) return;
  temporary_ = temporary_name();
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  fd_.reset(::openat(directory_.get(), temporary_.c_str(), flags, mode));
  if (fd_) return;
  temporary_.clear();
  throw_errno(what_);
}

void UserFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = ENOSPC;
    if (count <= 0) throw_errno(what_);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void UserFile::complete() {
  // Network file systems may report failed writes only when a descriptor is closed.
  const int copy = check_errno(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0), what_);
  if (::close(copy) != 0 && errno != EINTR) throw_errno(what_);
  static_cast<void>(check_replaceable());
}

void UserFile::commit() {
  try {
    complete();
    take_name();
    temporary_.clear();
  } catch (...) {
    discard();
    throw;
  }
}

/// A file without a name is linked; that never replaces another one.
void UserFile::take_temporary_name() {
  if (!temporary_.empty()) return;
  const std::string file = fmt::format("/proc/self/fd/{}", fd_.get());
  std::string name = temporary_name();
  check_errno(::linkat(AT_FDCWD, file.c_str(), directory_.get(), name.c_str(), AT_SYMLINK_FOLLOW), what_);
  temporary_ = std::move(name);
}

void UserFile::take_name() {
  const int directory = directory_.get();
  take_temporary_name();
  if (check_replaceable()) {
    check_errno(::renameat(directory, temporary_.c_str(), directory, name_.c_str()), what_);
  } else if (!rename_new(directory, temporary_.c_str(), name_.c_str())) {
    refuse("has come there meanwhile, and is not replaced; name another file");
  }
}

void UserFile::discard() noexcept {
  if (!temporary_.empty()) ::unlinkat(directory_.get(), temporary_.c_str(), 0);
  temporary_.clear();
}

}  // namespace wm
