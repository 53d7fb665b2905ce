#pragma once

// What tells one file from another, and from itself after a change. A path may lead to another file each time
// it is opened: what was decided about a file holds only for an opened descriptor with the same stamp. Values
// only.

#include <sys/stat.h>

#include <cstdint>
#include <limits>

namespace wm {

/// Nanoseconds since the epoch. File systems hold years that 64 bits of nanoseconds do not: those become
/// the nearest number.
[[nodiscard]] inline std::int64_t nanoseconds(const struct ::timespec& time) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(std::int64_t{time.tv_sec}, std::int64_t{1'000'000'000}, &result) ||
      __builtin_add_overflow(result, std::int64_t{time.tv_nsec}, &result)) {
    return time.tv_sec < 0 ? std::numeric_limits<std::int64_t>::min()
                           : std::numeric_limits<std::int64_t>::max();
  }
  return result;
}

struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  // 0: nothing is known of the file
  std::int64_t size = -1;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t owner = 0;  // user id

  [[nodiscard]] constexpr bool is_known() const noexcept { return inode != 0; }
  bool operator==(const FileStamp&) const = default;
};

[[nodiscard]] inline FileStamp stamp_of(const struct ::stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .mtime_ns = nanoseconds(status.st_mtim),
          .ctime_ns = nanoseconds(status.st_ctim),
          .owner = status.st_uid};
}

/// Whether both are stamps of one file, changed meanwhile or not. Some network and user-space file systems
/// number a file anew when the kernel has forgotten it: then size, times and owner must agree. Nobody can set
/// a file's ctime, and nobody but root can give a file to another user, so none can be made to look like
/// somebody else's. A file system gives the number of a file that is gone to the next one: the owner tells
/// them apart as far as it matters.
[[nodiscard]] constexpr bool is_same_file(const FileStamp& one, const FileStamp& other) noexcept {
  if (!one.is_known() || !other.is_known() || one.owner != other.owner) return false;
  if (one.device == other.device && one.inode == other.inode) return true;
  return one.size == other.size && one.mtime_ns == other.mtime_ns && one.ctime_ns == other.ctime_ns;
}

/// Whether the contents are the same as far as size and modification time tell.
[[nodiscard]] constexpr bool is_unchanged(const FileStamp& one, const FileStamp& other) noexcept {
  return is_same_file(one, other) && one.size == other.size && one.mtime_ns == other.mtime_ns;
}

}  // namespace wm
