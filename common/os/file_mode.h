#pragma once

// Permissions of new files and directories: never wider than those of what they were made from, and never
// wider than the umask allows. Comparing the group's three bits is not enough: the new file's group may have
// members who could not read the source. So the group gets more than others do only where both files belong
// to the same group.

#include <sys/stat.h>

#include <cstddef>
#include <span>

namespace wm {

inline constexpr mode_t all_of_file = 0666;
inline constexpr mode_t all_of_directory = 0777;

/// For the call that creates the file, when its group is not yet known: what the source grants to its group
/// and to others alike. `all` is all_of_file or all_of_directory. The umask applies on top.
[[nodiscard]] constexpr mode_t mode_at_creation(mode_t source, mode_t all) {
  const mode_t common = (source >> 3) & source & 07;
  return all & (0700 | common << 3 | common);
}

/// Once the new file's group is known to be the source's.
[[nodiscard]] constexpr mode_t mode_in_same_group(mode_t source, mode_t all, mode_t umask) {
  return all & (0700 | (source & 077)) & ~umask;
}

/// Whether the two modes differ. Usually they do not, and no further system calls are needed.
[[nodiscard]] constexpr bool group_matters(mode_t source, mode_t all, mode_t umask) {
  return (mode_at_creation(source, all) & ~umask) != mode_in_same_group(source, all, umask);
}

/// Gives `fd`, made with mode_at_creation(), the permissions of mode_in_same_group() if it belongs to the
/// group of `source`. On any error the mode stays narrow.
void share_with_group(int fd, const struct stat& source, mode_t all, mode_t umask);

/// `mode` of a file with this access control list (the value of its attribute "system.posix_acl_access"),
/// less what the list denies to its group or to anybody it names. The group's bits of such a file are only a
/// mask over the list. An empty list leaves the mode unchanged; an invalid one leaves permissions to the
/// owner only. Pure.
[[nodiscard]] mode_t mode_less_denials(mode_t mode, std::span<const std::byte> list);

/// The same for the file that `path` leads to; `status` is that file's.
void leave_out_denials(const char* path, struct stat& status);

/// The umask of this process. Do not call it while another thread creates files: reading the umask means
/// changing it for a moment.
[[nodiscard]] mode_t current_umask();

}  // namespace wm
