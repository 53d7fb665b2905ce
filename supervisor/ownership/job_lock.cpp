#include "supervisor/ownership/job_lock.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/ownership/owner_file.h"
#include "supervisor/ownership/owner_record.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// The pid of the lock's holder, as far as the kernel reports it (0 across machines and pid namespaces); none
/// when nobody holds it.
std::optional<pid_t> holder_of(const UniqueFd& file) {
  struct flock lock = whole_file();
  if (::fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return std::nullopt;
  return std::max(lock.l_pid, pid_t{0});
}

UniqueFd open_lock(const JobDirectory& directory) {
  try {
    return directory.open_or_create("lock", O_RDWR, 0644);
  } catch (const std::system_error& error) {
    throw UsageError(fmt::format("{}; choose another --job-dir", one_line(error.what())));
  }
}

}  // namespace

std::optional<pid_t> JobLock::holder(const JobDirectory& directory) {
  // To ask needs no write access: the file system may be mounted read-only.
  const UniqueFd file = directory.open_file("lock", O_RDONLY);
  return file ? holder_of(file) : std::nullopt;
}

JobLock::JobLock(const JobDirectory& directory) : file_(open_lock(directory)) {
  struct flock lock = whole_file();
  if (::fcntl(file_.get(), F_SETLK, &lock) == 0) return;
  if (errno != EACCES && errno != EAGAIN)
    throw UsageError(fmt::format("cannot lock {}: {}", shown_path(directory.path_of("lock")), errno_text()));
  const pid_t pid = holder_of(file_).value_or(0);
  std::string who =
      pid > 0 ? fmt::format("pid {}", pid) : std::string("on another machine or in another container");
  if (const auto owner = pid > 0 ? std::nullopt : OwnerFile::read(directory, owner_file)) {
    if (const auto record = owner_record_from(owner->text)) who = owner_words(record);
  }
  throw JobHeld(fmt::format(
      "another wm-supervisor ({}) is running the job in {}; wait for it (--wait-lock TIME), stop it, or use "
      "another --job-dir",
      who, shown_path(directory.path())));
}

}  // namespace wm
