#include "supervisor/log/log_place.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

#include <climits>
#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/open_directory.h"
#include "supervisor/trusted_files/open_own_file.h"
#include "supervisor/trusted_files/ownership.h"

namespace wm {
namespace {

constexpr unsigned most_links = 40;  // the kernel's limit
constexpr int flags = O_WRONLY | O_APPEND | O_CREAT;
constexpr mode_t mode = 0644;
constexpr std::size_t copied_at_a_time = std::size_t{8} << 20;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// Whether only root and this user can change what is in the directory.
bool is_trusted(int directory) {
  struct ::stat status {};
  return ::fstat(directory, &status) == 0 && !others_may_write(status.st_mode) &&
         (status.st_uid == 0 || status.st_uid == ::geteuid());
}

/// The links in /proc are not paths but open the object that they stand for; /dev/stderr leads to one.
bool has_magic_links(int directory) {
  struct ::statfs status {};
  return ::fstatfs(directory, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

std::optional<std::string> link_target(int directory, const std::string& name) {
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(directory, name.c_str(), target, sizeof target);
  if (length < 0) return std::nullopt;
  return std::string(target, static_cast<std::size_t>(length));
}

UniqueFd open_trusted(int directory, const std::string& name, const std::string& path) {
  const int follow = has_magic_links(directory) ? 0 : O_NOFOLLOW;
  UniqueFd file(::openat(directory, name.c_str(), flags | follow | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode));
  if (!file && errno == ENXIO) {
    throw UsageError(fmt::format(
        "the log file {} is a FIFO that nobody reads, or a socket; start its reader, or name another file",
        shown_path(path)));
  }
  if (!file) throw_errno("cannot open the log file " + shown_path(path));
  struct ::stat status {};
  check_errno(::fstat(file.get(), &status), "cannot look at " + shown_path(path));
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode) && !S_ISFIFO(status.st_mode)) {
    throw UsageError(
        fmt::format("the log file {} is {}; name a file", shown_path(path), file_kind(status.st_mode)));
  }
  return file;
}

}  // namespace

LogPlace::LogPlace(std::string path, const std::optional<JobDirectory>& job)
    : path_(std::move(path)), parent_(parent_of(path_)), name_(name_of(path_)), job_(job) {
  if (!job) return;
  struct ::stat here {
  }, there{};
  in_job_ = ::fstat(job->fd(), &here) == 0 && ::stat(parent_.c_str(), &there) == 0 &&
            here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

LogPlace::Directory LogPlace::directory() const {
  if (in_job_) return {{}, job_->fd()};
  UniqueFd opened = open_directory(parent_);
  const int fd = opened.get();
  return {std::move(opened), fd};
}

UniqueFd LogPlace::open() const {
  Directory here = directory();
  std::string name = name_;
  for (unsigned links = 0; links <= most_links; ++links) {
    if (in_job_ || !is_trusted(here.fd)) return open_own_file(here.fd, name, path_, flags, mode);
    const auto target = has_magic_links(here.fd) ? std::nullopt : link_target(here.fd, name);
    if (!target) return open_trusted(here.fd, name, path_);
    UniqueFd next = open_directory(parent_of(*target), {.from = here.fd});
    name = name_of(*target);
    here.fd = next.get();
    here.own = std::move(next);
  }
  errno = ELOOP;
  throw_errno("cannot open the log file " + shown_path(path_));
}

bool LogPlace::may_write() const noexcept {
  try {
    if (job_) job_->require_may_change(std::chrono::seconds(1));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void LogPlace::renew() const {
  if (!in_job_) return;
  const UniqueFd from = job_->open_file(name_, O_RDONLY);
  if (!from) return;
  const std::string copy = name_ + ".tmp";
  const UniqueFd to = job_->create_anew(copy, mode, O_WRONLY);
  ssize_t got = 0;
  do {
    got = ::sendfile(to.get(), from.get(), nullptr, copied_at_a_time);
    if (got < 0 && errno != EINTR) throw_errno("cannot copy " + shown_path(path_));
  } while (got != 0);
  job_->rename(copy, name_);
}

std::string LogPlace::old_name(unsigned number) const {
  return number == 0 ? name_ : fmt::format("{}.{}", name_, number);
}

bool LogPlace::shift(unsigned number) const {
  try {
    const Directory here = directory();
    return ::renameat(here.fd, old_name(number - 1).c_str(), here.fd, old_name(number).c_str()) == 0;
  } catch (const std::system_error& error) {
    errno = error.code().value();
  } catch (const UsageError&) {
    errno = ELOOP;
  }
  return false;
}

bool LogPlace::remove() const {
  try {
    return ::unlinkat(directory().fd, name_.c_str(), 0) == 0;
  } catch (const std::system_error& error) {
    errno = error.code().value();
  } catch (const UsageError&) {
    errno = ELOOP;
  }
  return false;
}

}  // namespace wm
