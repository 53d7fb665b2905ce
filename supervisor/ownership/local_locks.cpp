#include "supervisor/ownership/local_locks.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace wm {
namespace {

bool is_local(const struct statfs& system) noexcept {
  constexpr std::uint32_t xfs = 0x58465342, zfs = 0x2FC12FC1, bcachefs = 0xCA451A4E, exfat = 0x2011BAB0;
  constexpr std::array<std::uint32_t, 9> local{EXT4_SUPER_MAGIC,
                                               BTRFS_SUPER_MAGIC,
                                               TMPFS_MAGIC,
                                               F2FS_SUPER_MAGIC,
                                               MSDOS_SUPER_MAGIC,
                                               xfs,
                                               zfs,
                                               bcachefs,
                                               exfat};
  return std::ranges::find(local, static_cast<std::uint32_t>(system.f_type)) != local.end();
}

}  // namespace

bool locks_are_seen_by_all(int directory) noexcept {
  struct statfs system {};
  return ::fstatfs(directory, &system) == 0 && is_local(system);
}

std::string local_disk(int directory) {
  struct statfs system {};
  if (::fstatfs(directory, &system) != 0 || !is_local(system)) return "";
  std::uint64_t number = 0;
  static_assert(sizeof system.f_fsid == sizeof number);
  std::memcpy(&number, &system.f_fsid, sizeof number);
  return fmt::format("{:x}:{:016x}", static_cast<std::uint32_t>(system.f_type), number);
}

}  // namespace wm
