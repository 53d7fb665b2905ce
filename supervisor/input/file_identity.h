#pragma once

// What the kernel knows a file by, whatever its names are, and other readings of its status.

#include <sys/stat.h>

#include <cstdint>
#include <limits>

namespace wm {

struct FileIdentity {
  ::dev_t device = 0;
  ::ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

[[nodiscard]] inline FileIdentity identity(const struct ::stat& status) {
  return {.device = status.st_dev, .inode = status.st_ino};
}

/// Nanoseconds since the epoch. File systems hold years that 64 bits of nanoseconds do not: those become
/// the nearest number.
[[nodiscard]] inline std::int64_t modified_ns(const struct ::stat& status) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(std::int64_t{status.st_mtim.tv_sec}, std::int64_t{1'000'000'000}, &result) ||
      __builtin_add_overflow(result, std::int64_t{status.st_mtim.tv_nsec}, &result)) {
    return status.st_mtim.tv_sec < 0 ? std::numeric_limits<std::int64_t>::min()
                                     : std::numeric_limits<std::int64_t>::max();
  }
  return result;
}

/// "a named pipe", for what is neither a regular file nor a directory.
[[nodiscard]] inline const char* kind_name(::mode_t mode) {
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode)) return "a character device";
  if (S_ISBLK(mode)) return "a block device";
  return "a special file";
}

}  // namespace wm
