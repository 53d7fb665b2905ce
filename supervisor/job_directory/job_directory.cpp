#include "supervisor/job_directory/job_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/link_support.h"
#include "supervisor/trusted_files/open_directory.h"
#include "supervisor/trusted_files/open_own_file.h"
#include "supervisor/trusted_files/ownership.h"

namespace wm {
namespace {

constexpr mode_t mode_of_job_directory = 0750;
constexpr mode_t mode_of_subdirectories = 0700;

const std::string& checked(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    throw std::invalid_argument(fmt::format("\"{}\" is not a file name", one_line(name)));
  }
  return name;
}

/// `directory` is a descriptor, or -1. Throws UsageError.
void check_owner(const std::string& path, const struct ::stat& status, int directory) {
  const uid_t user = ::geteuid();
  if (status.st_uid != user) {
    throw UsageError(
        fmt::format("the job directory {} belongs to {}, not to {}: what is in it could lead anywhere; run "
                    "as its owner, or choose another --job-dir",
                    shown_path(path), user_words(status.st_uid), user_words(user)));
  }
  if (others_may_write(status.st_mode) && (directory < 0 || knows_links(directory))) {
    throw UsageError(
        fmt::format("the job directory {} may be written by others (owner {}, mode {:04o}); run chmod go-w "
                    "{}, or choose another --job-dir",
                    shown_path(path), user_words(status.st_uid), status.st_mode & 07777U, shell_word(path)));
  }
}

/// Checks the owner first, so that this is reported rather than the failure to open: a stranger's directory
/// is usually closed to us, too.
void check_owner_of_what_is_there(const std::string& path) {
  struct ::stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
  const UniqueFd directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  check_owner(path, status, directory.get());
}

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

}  // namespace

JobDirectory::JobDirectory(std::string path, UniqueFd directory, MayChange may_change)
    : path_(std::move(path)),
      opened_(std::make_shared<Opened>(Opened{std::move(directory), std::move(may_change)})) {
  struct ::stat status {};
  check_errno(::fstat(fd(), &status), "cannot look at " + shown_path(path_));
  check_owner(path_, status, this->fd());
  open_to_others_ = others_may_write(status.st_mode);
}

JobDirectory JobDirectory::create(const std::string& path) {
  check_owner_of_what_is_there(path);
  return {path, open_directory(path, {.missing = DirectoryRules::Missing::create,
                                      .mode = mode_of_job_directory,
                                      .last_link = DirectoryRules::LastLink::refuse})};
}

std::optional<JobDirectory> JobDirectory::find(const std::string& path) {
  check_owner_of_what_is_there(path);
  try {
    return JobDirectory(path, open_directory(path, {.last_link = DirectoryRules::LastLink::refuse}));
  } catch (const std::system_error& error) {
    if (error.code().value() == ENOENT) return std::nullopt;
    throw Unreadable(fmt::format("{}; see to its permissions and its disk, or choose another directory",
                                 one_line(error.what())));
  }
}

std::string JobDirectory::path_of(std::string_view name) const {
  return fmt::format("{}{}{}", path_, path_.ends_with('/') ? "" : "/", name);
}

std::string JobDirectory::anchored_path(std::string_view name) const {
  return fmt::format("/proc/self/fd/{}/{}", fd(), name);
}

void JobDirectory::ask_before_changes(MayChange may_change) {
  opened_->may_change = std::move(may_change);
}

void JobDirectory::require_may_change(std::chrono::nanoseconds may_be_old) const {
  if (opened_->may_change) opened_->may_change(may_be_old);
}

UniqueFd JobDirectory::open_file(const std::string& name, int flags) const {
  return open_own_file(fd(), checked(name), path_of(name), flags);
}

UniqueFd JobDirectory::open_or_create(const std::string& name, int flags, mode_t mode) const {
  require_may_change();
  return open_own_file(fd(), checked(name), path_of(name), flags | O_CREAT, mode);
}

UniqueFd JobDirectory::create_anew(const std::string& name, mode_t mode, int access) const {
  require_may_change();
  if (!remove(checked(name)) && errno != ENOENT) {
    const int error = errno;
    struct ::stat status {};
    if (::fstatat(fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)) {
      throw UsageError(
          fmt::format("{} is a directory, not a regular file; remove it", shown_path(path_of(name))));
    }
    throw std::system_error(error, std::generic_category(), "cannot replace " + shown_path(path_of(name)));
  }
  const int flags = access | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  return UniqueFd(
      check_errno(::openat(fd(), name.c_str(), flags, mode), "cannot write " + shown_path(path_of(name))));
}

bool JobDirectory::check_file(const std::string& name) const {
  return static_cast<bool>(open_file(name, O_RDONLY));
}

std::optional<std::uintmax_t> JobDirectory::size_of(const std::string& name) const {
  struct ::stat status {};
  if (::fstatat(fd(), checked(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return static_cast<std::uintmax_t>(status.st_size);
  if (is_absence(errno)) return std::nullopt;
  throw Unreadable(fmt::format("cannot look at {}: {}", shown_path(path_of(name)), errno_text()));
}

std::optional<std::string> JobDirectory::read_file(const std::string& name, std::size_t most) const {
  const UniqueFd file = open_file(name, O_RDONLY);
  if (!file) return std::nullopt;
  std::string text;
  for (;;) {
    constexpr std::size_t step = std::size_t{64} << 10;
    const std::size_t before = text.size();
    text.resize(before + step);
    const ssize_t got = ::read(file.get(), text.data() + before, step);
    const int error = errno;
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return text;
    if (got < 0 && error != EINTR) {
      errno = error;
      throw_errno("cannot read " + shown_path(path_of(name)));
    }
    if (text.size() > most) {
      throw UsageError(fmt::format("{} is larger than {} bytes; it is not what this program writes",
                                   shown_path(path_of(name)), most));
    }
  }
}

void JobDirectory::rename(const std::string& from, const JobDirectory& directory,
                          const std::string& to) const {
  require_may_change();
  if (::renameat(fd(), checked(from).c_str(), directory.fd(), checked(to).c_str()) != 0)
    throw_errno("cannot write " + shown_path(directory.path_of(to)));
}

bool JobDirectory::remove(const std::string& name) const noexcept {
  try {
    require_may_change();
  } catch (const std::exception&) {
    errno = EPERM;
    return false;
  }
  return ::unlinkat(fd(), name.c_str(), 0) == 0;
}

std::optional<JobDirectory> JobDirectory::find_subdirectory(const std::string& name) const {
  UniqueFd opened(
      ::openat(fd(), checked(name).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (opened) return JobDirectory(path_of(name), std::move(opened), opened_->may_change);
  if (errno == ENOENT) return std::nullopt;
  const int error = errno;
  struct ::stat status {};
  if (::fstatat(fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(status.st_mode)) {
    throw UsageError(fmt::format("{} is {}, not a directory; remove it", shown_path(path_of(name)),
                                 file_kind(status.st_mode)));
  }
  throw std::system_error(error, std::generic_category(), "cannot open " + shown_path(path_of(name)));
}

JobDirectory JobDirectory::make_subdirectory(const std::string& name) const {
  if (auto made = make_new_subdirectory(name)) return *std::move(made);
  if (auto found = find_subdirectory(name)) return *std::move(found);
  errno = ENOENT;  // somebody has just removed it
  throw_errno("cannot open " + shown_path(path_of(name)));
}

std::optional<JobDirectory> JobDirectory::make_new_subdirectory(const std::string& name) const {
  require_may_change();
  if (::mkdirat(fd(), checked(name).c_str(), mode_of_subdirectories) == 0) return find_subdirectory(name);
  if (errno == EEXIST) return std::nullopt;
  throw_errno("cannot make " + shown_path(path_of(name)));
}

std::vector<std::string> JobDirectory::names() const {
  const std::string what = "cannot read " + shown_path(path_);
  UniqueFd listed(check_errno(::openat(fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), what));
  const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(listed.get()));
  if (!entries) throw_errno(what);
  (void)listed.release();
  std::vector<std::string> found;
  errno = 0;
  while (const dirent* const entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") found.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) throw_errno(what);
  std::ranges::sort(found);
  return found;
}

}  // namespace wm
