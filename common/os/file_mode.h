#pragma once

// Permissions of new files and directories: never wider than those of what they were made from, and never
// wider than the umask allows. A group is more than its three bits: that of the new file may have members who
// could not read the source. So a group gets more than others do only where both belong to the same one.

#include <sys/stat.h>

#include <cstddef>
#include <span>

namespace wm {

inline constexpr mode_t all_of_file = 0666;
inline constexpr mode_t all_of_directory = 0777;

/// For the call that creates it, when its group is not known: what the source gives to its group and to
/// others alike. `all` is all_of_file or all_of_directory. The umask comes on top.
[[nodiscard]] constexpr mode_t mode_at_creation(mode_t source, mode_t all) {
  const mode_t common = (source >> 3) & source & 07;
  return all & (0700 | common << 3 | common);
}

/// Once its group has turned out to be the source's.
[[nodiscard]] constexpr mode_t mode_in_same_group(mode_t source, mode_t all, mode_t umask) {
  return all & (0700 | (source & 077)) & ~umask;
}

/// Whether the two differ. Most often they do not, and nothing needs to be asked of the kernel.
[[nodiscard]] constexpr bool group_matters(mode_t source, mode_t all, mode_t umask) {
  return (mode_at_creation(source, all) & ~umask) != mode_in_same_group(source, all, umask);
}

/// Gives `fd`, made with mode_at_creation(), the permissions of mode_in_same_group() where it belongs to the
/// group of `source`. What cannot be found out or changed stays narrow.
void share_with_group(int fd, const struct stat& source, mode_t all, mode_t umask);

/// `mode` of a file with this access control list (the value of its attribute "system.posix_acl_access"),
/// less what the list denies its group or anybody whom it names. The group's bits of such a file are no more
/// than a mask over the list. The same mode without a list; nothing for others than the owner when the list
/// makes no sense. Pure.
[[nodiscard]] mode_t mode_less_denials(mode_t mode, std::span<const std::byte> list);

/// The same for the file that `path` leads to, which `status` is of.
void leave_out_denials(const char* path, struct stat& status);

/// Of this process. Not while another thread makes files: the kernel tells it only in exchange for another.
[[nodiscard]] mode_t current_umask();

}  // namespace wm
