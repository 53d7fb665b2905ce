#include "supervisor/trusted_files/open_own_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/ownership.h"

namespace wm {
namespace {

void check(const struct ::stat& status, const std::string& shown) {
  if (!S_ISREG(status.st_mode)) {
    throw UsageError(
        fmt::format("{} is {}, not a regular file; remove it", shown_path(shown), file_kind(status.st_mode)));
  }
  if (status.st_uid != ::geteuid()) {
    throw UsageError(fmt::format("{} belongs to {}, not to {}; remove it, or run as its owner",
                                 shown_path(shown), user_words(status.st_uid), user_words(::geteuid())));
  }
  if (status.st_nlink > 1) {
    throw UsageError(fmt::format(
        "{} has {} names (hard links), so writing it would change another file; replace it by a copy",
        shown_path(shown), status.st_nlink));
  }
}

}  // namespace

UniqueFd open_own_file(int directory, const std::string& name, const std::string& shown, int flags,
                       mode_t mode) {
  struct ::stat status {};
  // Checked before opening: opening a device may have side effects.
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    check(status, shown);
  } else if (errno != ENOENT) {
    throw_errno("cannot look at " + shown_path(shown));
  } else if ((flags & O_CREAT) == 0) {
    return {};
  }
  UniqueFd file(
      ::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode));
  if (!file && errno == ENOENT && (flags & O_CREAT) == 0) return {};
  if (!file) throw_errno("cannot open " + shown_path(shown));
  check_errno(::fstat(file.get(), &status), "cannot look at " + shown_path(shown));
  check(status, shown);
  return file;
}

}  // namespace wm
