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
#include "common/os/rename_new.h"
#include "supervisor/log/log_format.h"
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

bool is_same(int file, int other) {
  struct ::stat one {
  }, another{};
  return ::fstat(file, &one) == 0 && ::fstat(other, &another) == 0 && one.st_dev == another.st_dev &&
         one.st_ino == another.st_ino;
}

/// Why this regular file is no log to go on with; "" when it is one, or empty. `opened`: it must be that
/// file, unless that is -1.
std::string why_no_log(int directory, const std::string& name, int follow, int opened) {
  const UniqueFd file(
      ::openat(directory, name.c_str(), O_RDONLY | follow | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  char beginning[log_line_beginning];
  const ssize_t got = file ? ::pread(file.get(), beginning, sizeof beginning, 0) : -1;
  if (got < 0) return fmt::format("cannot be read ({})", errno_text());
  if (opened >= 0 && !is_same(opened, file.get())) return "was replaced just now";
  const bool is_log = got == 0 || is_log_line({beginning, static_cast<std::size_t>(got)});
  return is_log ? "" : "holds something else than a log of this program";
}

/// Why the name must not get another file; "" when it is free, or that of a log.
std::string why_kept(int directory, const std::string& name) {
  struct ::stat status {};
  if (::fstatat(directory, name.c_str(), &status, 0) != 0) {
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) return {};
    return fmt::format("cannot be read ({})", errno_text());
  }
  if (S_ISREG(status.st_mode)) return why_no_log(directory, name, 0, -1);
  return fmt::format("is {}", file_kind(status.st_mode));
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

LogPlace::File LogPlace::find() const {
  File file{.directory = directory(), .name = name_};
  for (unsigned links = 0; links <= most_links; ++links) {
    const int here = file.directory.fd;
    file.is_trusted = !in_job_ && is_trusted(here);
    file.is_magic = file.is_trusted && has_magic_links(here);
    const auto target = file.is_trusted && !file.is_magic ? link_target(here, file.name) : std::nullopt;
    if (!target) return file;
    UniqueFd next = open_directory(parent_of(*target), {.from = here});
    file.name = name_of(*target);
    file.directory.fd = next.get();
    file.directory.own = std::move(next);
  }
  errno = ELOOP;
  throw_errno("cannot open the log file " + shown_path(path_));
}

void LogPlace::refuse(const std::string& why) const {
  throw UsageError(fmt::format("--log-file {} {}, so nothing is written to it; name another file",
                               shown_path(path_), why));
}

void LogPlace::check() const {
  try {
    const File at = find();
    struct ::stat status {};
    const bool is_file = ::fstatat(at.directory.fd, at.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                         S_ISREG(status.st_mode) && !at.is_magic;
    if (!is_file) return;
    if (const auto why = why_no_log(at.directory.fd, at.name, O_NOFOLLOW, -1); !why.empty()) refuse(why);
  } catch (const std::system_error&) {
    // Its directory may not exist yet, and open() says what else is wrong.
  }
}

LogPlace::Opened LogPlace::open() const {
  const File at = find();
  const int here = at.directory.fd;
  Opened opened{.fd = at.is_trusted ? open_trusted(here, at.name, path_)
                                    : open_own_file(here, at.name, path_, flags, mode)};
  struct ::stat status {};
  check_errno(::fstat(opened.fd.get(), &status), "cannot look at " + shown_path(path_));
  opened.can_rotate = S_ISREG(status.st_mode) && !at.is_magic;
  // The job's own log goes on, whatever is in it.
  if (in_job_ || !opened.can_rotate) return opened;
  if (const auto why = why_no_log(here, at.name, O_NOFOLLOW, opened.fd.get()); !why.empty()) refuse(why);
  return opened;
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

void LogPlace::check_old_files(int directory, unsigned files) const {
  for (unsigned number = 1; number <= files; ++number) {
    const std::string why = why_kept(directory, old_name(number));
    if (why.empty()) continue;
    throw UsageError(
        fmt::format("{}.{} {}, and --log-rotate would replace it; move it away, or name another "
                    "--log-file",
                    shown_path(path_), number, why));
  }
}

void LogPlace::check_old_files(unsigned files) const {
  try {
    check_old_files(directory().fd, files);
  } catch (const std::system_error&) {
    // As in check().
  }
}

void LogPlace::rotate(unsigned files) const {
  const Directory here = directory();
  check_old_files(here.fd, files);
  for (unsigned number = files; number >= 1; --number) {
    const int moved = ::renameat(here.fd, old_name(number - 1).c_str(), here.fd, old_name(number).c_str());
    if (moved != 0 && errno != ENOENT) throw_errno("cannot rename " + shown_path(path_));
  }
}

}  // namespace wm
