#include "common/os/file_mode.h"

#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace wm {

void share_with_group(int fd, const struct stat& source, mode_t all, mode_t umask) {
  if (!group_matters(source.st_mode, all, umask)) return;
  struct stat made {};
  if (::fstat(fd, &made) != 0 || made.st_gid != source.st_gid) return;
  (void)::fchmod(fd, mode_in_same_group(source.st_mode, all, umask));
}

mode_t mode_less_denials(mode_t mode, std::span<const std::byte> list) {
  constexpr std::uint32_t version = 2;
  constexpr std::size_t header = 4;
  constexpr std::size_t entry = 8;
  constexpr unsigned named_user = 2, own_group = 4, named_group = 8;
  if (list.empty()) return mode;
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(list[at + i]);
    return value;
  };
  if (list.size() < header || number(0, header) != version || (list.size() - header) % entry != 0)
    return mode & ~mode_t{077};
  const mode_t mask = mode >> 3 & 07;
  for (std::size_t at = header; at < list.size(); at += entry) {
    const std::uint32_t tag = number(at, 2);
    const mode_t allowed = number(at + 2, 2) & mask;
    const bool is_named = tag == named_user || tag == named_group;
    if (is_named || tag == own_group) mode &= ~mode_t{070} | (allowed << 3);
    if (is_named) mode &= ~mode_t{07} | allowed;
  }
  return mode;
}

void leave_out_denials(const char* path, struct stat& status) {
  std::array<std::byte, 4096> list{};
  const ssize_t bytes = ::getxattr(path, "system.posix_acl_access", list.data(), list.size());
  // No list, or a file system without lists.
  if (bytes == 0 || (bytes < 0 && (errno == ENODATA || errno == EOPNOTSUPP))) return;
  status.st_mode =
      bytes > 0 ? mode_less_denials(status.st_mode, std::span(list).first(static_cast<std::size_t>(bytes)))
                : status.st_mode & ~mode_t{077};
}

mode_t current_umask() {
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return mask;
}

}  // namespace wm
