#include "common/os/inode_numbers.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

namespace wm {
namespace {

constexpr std::uint64_t cifs = 0xFF534D42, smb2 = 0xFE534D42, exfat = 0x2011BAB0;  // not in every magic.h
constexpr std::array<std::uint64_t, 6> without_numbers{
    FUSE_SUPER_MAGIC, MSDOS_SUPER_MAGIC, SMB_SUPER_MAGIC, cifs, smb2, exfat};

}  // namespace

InodeNumbers inode_numbers_of_type(std::uint64_t type) noexcept {
  return std::ranges::find(without_numbers, type) == without_numbers.end() ? InodeNumbers::kept
                                                                           : InodeNumbers::not_kept;
}

InodeNumbers inode_numbers_at(int fd) noexcept {
  struct statfs system {};
  // The type is a signed word on some architectures; all numbers have 32 bits.
  return ::fstatfs(fd, &system) == 0 ? inode_numbers_of_type(static_cast<std::uint32_t>(system.f_type))
                                     : InodeNumbers::kept;
}

InodeNumbers LastInodeNumbers::of(const struct ::stat& status, int fd) noexcept {
  if (!asked_ || status.st_dev != device_) {
    numbers_ = inode_numbers_at(fd);
    device_ = status.st_dev;
    asked_ = true;
  }
  return numbers_;
}

}  // namespace wm
