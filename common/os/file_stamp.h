#pragma once

// Distinguishes a file from every other file, and from its own earlier contents. A path may lead to another
// file each time it is opened: a decision about a file holds only for an open descriptor with the same stamp.
// Values only.

#include <sys/stat.h>

#include <cstdint>
#include <limits>

namespace wm {

/// Nanoseconds since the epoch. File systems can store years that do not fit into 64 bits of nanoseconds:
/// those become the nearest number that does.
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
  std::uint64_t inode = 0;  // 0: the file is unknown
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
/// renumber a file once the kernel has forgotten it: then size, times and owner must agree. Nobody can set a
/// file's ctime, and only root can give a file to another user, so no file can be made to look like somebody
/// else's. A file system may reuse the number of a removed file for the next one: the owner distinguishes
/// them as far as it matters.
[[nodiscard]] constexpr bool is_same_file(const FileStamp& one, const FileStamp& other) noexcept {
  if (!one.is_known() || !other.is_known() || one.owner != other.owner) return false;
  if (one.device == other.device && one.inode == other.inode) return true;
  return one.size == other.size && one.mtime_ns == other.mtime_ns && one.ctime_ns == other.ctime_ns;
}

/// Whether the contents are the same, judging by size and modification time.
[[nodiscard]] constexpr bool is_unchanged(const FileStamp& one, const FileStamp& other) noexcept {
  return is_same_file(one, other) && one.size == other.size && one.mtime_ns == other.mtime_ns;
}

}  // namespace wm
