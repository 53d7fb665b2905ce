#include "supervisor/scratch/scratch_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/realtime.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/text/utc_time.h"
#include "supervisor/trusted_files/open_directory.h"
#include "supervisor/trusted_files/ownership.h"

namespace wm {
namespace {

constexpr mode_t only_own = 0700;

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw UsageError(
      fmt::format("--scratch: {} {}; remove it, or choose another directory", shown_path(path), why));
}

std::string in_directory(const std::string& base, const std::string& name) {
  return base + (base.ends_with('/') ? "" : "/") + name;
}

}  // namespace

std::string scratch_name(unsigned user, const struct ::stat& job_directory) {
  return fmt::format("wm-supervisor-{}-{:x}-{:x}", user, std::uint64_t{job_directory.st_dev},
                     std::uint64_t{job_directory.st_ino});
}

ScratchDirectory::ScratchDirectory(JobDirectory directory, std::shared_ptr<const UniqueFd> lock)
    : directory_(std::move(directory)), lock_(std::move(lock)) {}

ScratchDirectory ScratchDirectory::make(const std::string& base, const JobDirectory& job) {
  const UniqueFd parent = open_directory(base, {.missing = DirectoryRules::Missing::create});
  struct ::stat status {};
  check_errno(::fstat(parent.get(), &status), "cannot look at " + shown_path(base));
  // There, others could put another directory of this user in the place of this one.
  if (others_may_write(status.st_mode) && (status.st_mode & S_ISVTX) == 0) {
    throw UsageError(fmt::format(
        "--scratch: others may rename what is in {} (mode {:04o}); choose a directory of your own, or one "
        "with the sticky bit, such as /tmp",
        shown_path(base), status.st_mode & 07777U));
  }
  check_errno(::fstat(job.fd(), &status), "cannot look at " + shown_path(job.path()));
  const std::string name = scratch_name(::geteuid(), status);
  if (::mkdirat(parent.get(), name.c_str(), only_own) != 0 && errno != EEXIST)
    throw_errno("cannot make " + shown_path(in_directory(base, name)));
  return open(in_directory(base, name), Use::exclusive);
}

std::optional<ScratchDirectory> ScratchDirectory::find(const std::string& path, Use use) {
  try {
    return open(path, use);
  } catch (const std::system_error& error) {
    if (error.code().value() == ENOENT) return std::nullopt;
    throw;
  }
}

ScratchDirectory ScratchDirectory::open(const std::string& path, Use use) {
  struct ::stat status {};
  check_errno(::lstat(path.c_str(), &status), "cannot look at " + shown_path(path));
  if (!S_ISDIR(status.st_mode)) refuse(path, fmt::format("is {}", file_kind(status.st_mode)));
  auto opened =
      std::make_shared<const UniqueFd>(open_directory(path, {.last_link = DirectoryRules::LastLink::refuse}));
  check_errno(::fstat(opened->get(), &status), "cannot look at " + shown_path(path));
  if (status.st_uid != ::geteuid()) refuse(path, "belongs to " + user_words(status.st_uid));
  // The bit for the group comes from the directory above, and lets nobody in.
  if ((status.st_mode & 07777U & ~unsigned{S_ISGID}) != only_own)
    refuse(path, fmt::format("has mode {:04o}, not {:04o}", status.st_mode & 07777U, only_own));
  if (use == Use::exclusive && ::flock(opened->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw_errno("cannot lock " + shown_path(path));
    throw JobHeld(fmt::format("the scratch directory {} is used by another wm-supervisor; wait for its end",
                              shown_path(path)));
  }
  auto directory = JobDirectory::find(path);
  struct ::stat found {};
  if (!directory || ::fstat(directory->fd(), &found) != 0 || found.st_ino != status.st_ino ||
      found.st_dev != status.st_dev)
    refuse(path, "was replaced");
  return {*std::move(directory), std::move(opened)};
}

void ScratchDirectory::obey(const JobDirectory& job) {
  directory_.ask_before_changes(
      [job](std::chrono::nanoseconds may_be_old) { job.require_may_change(may_be_old); });
}

bool ScratchDirectory::is_at(const std::string& path) const {
  struct ::stat own {};
  struct ::stat there {};
  return ::fstat(directory_.fd(), &own) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

std::string ScratchDirectory::set_aside() const {
  directory_.require_may_change();
  const std::string wanted = fmt::format("{}.damaged-{}", directory_.path(), compact_utc_time(realtime_ns()));
  std::string aside = wanted;
  struct ::stat status {};
  for (unsigned number = 2; ::lstat(aside.c_str(), &status) == 0; ++number)
    aside = fmt::format("{}-{}", wanted, number);
  check_errno(::rename(directory_.path().c_str(), aside.c_str()),
              "cannot rename " + shown_path(directory_.path()));
  return aside;
}

void ScratchDirectory::empty() const {
  for (const std::string& name : directory_.names()) {
    if (!directory_.remove(name)) throw_errno("cannot remove " + shown_path(directory_.path_of(name)));
  }
}

void ScratchDirectory::remove() const noexcept {
  try {
    empty();
    remove_if_empty();
  } catch (const std::exception&) {
    // The next run removes it.
  }
}

void ScratchDirectory::remove_if_empty() const noexcept {
  ::rmdir(directory_.path().c_str());  // another supervisor does not use it: it is locked
}

}  // namespace wm
