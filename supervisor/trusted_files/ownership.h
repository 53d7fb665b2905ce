#pragma once

// Who owns a file and who else may change it. Decisions on a status that the caller has read, and texts for
// messages about it. May be called from any thread.

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <string_view>

namespace wm {

/// Whether anybody but the owner may write. This covers access control lists: the group's bits are the upper
/// limit of what they allow.
[[nodiscard]] constexpr bool others_may_write(mode_t mode) noexcept {
  return (mode & (S_IWGRP | S_IWOTH)) != 0;
}

/// Whether a symbolic link in a directory is followed. Where others may write, anybody can have put it there,
/// so it must belong to root, to the user, or to the owner of the directory.
[[nodiscard]] constexpr bool link_is_followed(uid_t link_owner, uid_t directory_owner, mode_t directory_mode,
                                              uid_t user) noexcept {
  return !others_may_write(directory_mode) || link_owner == 0 || link_owner == user ||
         link_owner == directory_owner;
}

/// Why somebody other than root and `user` controls a file's or directory's contents: "belongs to bob (uid
/// 1001)", "may be written by others (mode 0664)"; "" when nobody does.
[[nodiscard]] std::string why_not_trusted(const struct ::stat& status, uid_t user);

/// "a symbolic link", "a FIFO", "a socket", "a directory", "a device" or "a regular file".
[[nodiscard]] std::string_view file_kind(mode_t mode) noexcept;

/// "alice (uid 1000)", or "uid 1000" when the name is unknown.
[[nodiscard]] std::string user_words(uid_t user);

}  // namespace wm
