#include "supervisor/cli/default_job_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/cli/job_file.h"
#include "supervisor/text/console.h"
#include "supervisor/trusted_files/ownership.h"

namespace wm {
namespace {

[[noreturn]] void refuse(std::string_view why, std::string_view advice = {}) {
  throw UsageError(fmt::format("configuration file {}: {}{}", default_job_file, why, advice));
}

constexpr std::string_view name_it =
    "; nobody has named it, so it is not read: name it with --config if you trust it, or give an INPUT";

struct ::stat status_of(int fd) {
  struct ::stat status {};
  if (::fstat(fd, &status) != 0) refuse(errno_text());
  return status;
}

}  // namespace

std::optional<std::vector<OptionUse>> read_default_job_file() {
  const UniqueFd directory(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) refuse(errno_text());
  // Follows no link and does not wait for a FIFO's writer.
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  struct ::stat there {};
  if (::fstatat(directory.get(), default_job_file, &there, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    refuse(errno_text());
  }
  if (!S_ISREG(there.st_mode))
    refuse(fmt::format("is {}, not a regular file", file_kind(there.st_mode)), name_it);
  const UniqueFd file(::openat(directory.get(), default_job_file, flags));
  const std::string distrust = why_not_trusted(file ? status_of(file.get()) : there, ::geteuid());
  if (!distrust.empty()) refuse(distrust, name_it);
  if (!file) refuse(errno_text());
  const struct ::stat opened = status_of(file.get());
  if (!S_ISREG(opened.st_mode))
    refuse(fmt::format("is {}, not a regular file", file_kind(opened.st_mode)), name_it);
  if (const auto why = why_not_trusted(status_of(directory.get()), ::geteuid()); !why.empty())
    refuse("its directory " + why, name_it);
  return read_job_file(file.get(), default_job_file);
}

void announce_default_job_file() {
  complain(fmt::format("using ./{}", default_job_file));
}

}  // namespace wm
