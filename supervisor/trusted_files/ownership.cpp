#include "supervisor/trusted_files/ownership.h"

#include <pwd.h>

#include <array>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {

std::string_view file_kind(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFLNK:
      return "a symbolic link";
    case S_IFIFO:
      return "a FIFO";
    case S_IFSOCK:
      return "a socket";
    case S_IFDIR:
      return "a directory";
    case S_IFCHR:
    case S_IFBLK:
      return "a device";
    default:
      return "a regular file";
  }
}

std::string why_not_trusted(const struct ::stat& status, uid_t user) {
  if (status.st_uid != 0 && status.st_uid != user) return "belongs to " + user_words(status.st_uid);
  if (others_may_write(status.st_mode))
    return fmt::format("may be written by others (mode {:04o})", status.st_mode & 07777U);
  return "";
}

std::string user_words(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return fmt::format("uid {}", user);
  }
  return fmt::format("{} (uid {})", one_line(found->pw_name), user);
}

}  // namespace wm
