#include "common/os/inode_numbers.h"

#include <fcntl.h>

#include "common/os/unique_fd.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("inode numbers are kept, except by file systems that have none on the disk or may number anew") {
  constexpr std::uint64_t ext4 = 0xEF53, xfs = 0x58465342, btrfs = 0x9123683E, tmpfs = 0x01021994,
                          nfs = 0x6969;
  for (const std::uint64_t type : {ext4, xfs, btrfs, tmpfs, nfs}) {
    CHECK(inode_numbers_of_type(type) == InodeNumbers::kept);
  }
  constexpr std::uint64_t vfat = 0x4D44, exfat = 0x2011BAB0, fuse = 0x65735546, cifs = 0xFF534D42,
                          smb2 = 0xFE534D42;
  for (const std::uint64_t type : {vfat, exfat, fuse, cifs, smb2}) {
    CHECK(inode_numbers_of_type(type) == InodeNumbers::not_kept);
  }
}

TEST_CASE("an open file tells what its file system is") {
  const UniqueFd memory(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  CHECK(inode_numbers_at(memory.get()) == InodeNumbers::kept);
  CHECK(inode_numbers_at(-1) == InodeNumbers::kept);
}

}  // namespace
}  // namespace wm
