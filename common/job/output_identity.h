#pragma once

// Distinguishes a file that the job published from every other file with the same name: a file that was
// edited, or put there by somebody else, has another identity.

#include <sys/stat.h>

#include <cstdint>
#include <limits>

#include "common/os/inode_numbers.h"

namespace wm {

/// Replaces the inode number on file systems that do not keep one: size and time must suffice there.
inline constexpr std::uint64_t no_inode_number = std::numeric_limits<std::uint64_t>::max();

struct OutputIdentity {
  std::uint64_t inode = 0;  // 0: no file
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  bool operator==(const OutputIdentity&) const = default;
};

/// The device is ignored: a disk may get another number whenever it is mounted. The change time is ignored,
/// too: a new mode, owner or hard link leaves the file as it was published. Times beyond 64 bits of
/// nanoseconds wrap around, which does no harm in a comparison.
[[nodiscard]] inline OutputIdentity output_identity(const struct ::stat& status,
                                                    InodeNumbers numbers = InodeNumbers::kept) {
  const auto nanoseconds = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000U +
                           static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
  return {.inode = numbers == InodeNumbers::kept ? status.st_ino : no_inode_number,
          .size = status.st_size,
          .mtime_ns = static_cast<std::int64_t>(nanoseconds)};
}

}  // namespace wm
