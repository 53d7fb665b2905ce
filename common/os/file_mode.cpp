#include "common/os/file_mode.h"

namespace wm {

void share_with_group(int fd, const struct stat& source, mode_t all, mode_t umask) {
  if (!group_matters(source.st_mode, all, umask)) return;
  struct stat made {};
  if (::fstat(fd, &made) != 0 || made.st_gid != source.st_gid) return;
  (void)::fchmod(fd, mode_in_same_group(source.st_mode, all, umask));
}

mode_t current_umask() {
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return mask;
}

}  // namespace wm
