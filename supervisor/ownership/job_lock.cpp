#include "supervisor/ownership/job_lock.h"

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "supervisor/ownership/owner_file.h"
#include "supervisor/ownership/owner_record.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// The pid of the lock's holder, as far as the kernel reports it (0 across machines and pid namespaces).
pid_t holder_of(const UniqueFd& file) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
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
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (!file || ::fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return std::nullopt;
  return std::max(lock.l_pid, pid_t{0});
}

JobLock::JobLock(const JobDirectory& directory) : file_(open_lock(directory)) {
  const std::string path = directory.path_of("lock");
  try {
    // Exactly the file that was opened, whatever has its name by now.
    lock_ = boost::interprocess::file_lock(fmt::format("/proc/self/fd/{}", file_.get()).c_str());
    if (lock_.try_lock()) return;
  } catch (const boost::interprocess::interprocess_exception& error) {
    throw UsageError(fmt::format("cannot lock {}: {}", shown_path(path), error.what()));
  }
  const pid_t pid = holder_of(file_);
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
