#include "common/os/rename_new.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/os/errno_error.h"

namespace wm {
namespace {

bool is_one_file(int directory, const char* one, const char* other) {
  struct stat first {};
  struct stat second {};
  return ::fstatat(directory, one, &first, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstatat(directory, other, &second, AT_SYMLINK_NOFOLLOW) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

bool lacks(int error) {
  return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

bool link_new(int directory, const char* from, const char* to) {
  // A server whose reply got lost is asked again, and then reports that the name is taken: by this very file.
  if (::linkat(directory, from, directory, to, 0) != 0 &&
      !(errno == EEXIST && is_one_file(directory, from, to))) {
    return false;
  }
  if (::unlinkat(directory, from, 0) != 0 && errno != ENOENT) throw_errno("cannot remove the temporary name");
  return true;
}

}  // namespace

bool rename_new(int directory, const char* from, const char* to) {
  if (::renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  if (!lacks(errno)) throw_errno("cannot rename");

  if (link_new(directory, from, to)) return true;
  if (errno == EEXIST) return false;
  if (!lacks(errno) && errno != EPERM && errno != EMLINK) throw_errno("cannot link");

  struct stat status {};
  if (::fstatat(directory, to, &status, AT_SYMLINK_NOFOLLOW) == 0) return false;
  if (errno != ENOENT) throw_errno("cannot look for the name");
  check_errno(::renameat(directory, from, directory, to), "cannot rename");
  return true;
}

}  // namespace wm
