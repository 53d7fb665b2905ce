#pragma once

// Identifies a file as the kernel does, whatever its names, and describes its kind.

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace wm {

struct FileIdentity {
  ::dev_t device = 0;
  ::ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

[[nodiscard]] inline FileIdentity identity(const struct ::stat& status) {
  return {.device = status.st_dev, .inode = status.st_ino};
}

struct FileIdentityHash {
  std::size_t operator()(const FileIdentity& file) const {
    const std::hash<std::uint64_t> mixed;
    return mixed(file.inode) * 31 + mixed(file.device);
  }
};

/// "a named pipe", for what is neither a regular file nor a directory.
[[nodiscard]] inline const char* kind_name(::mode_t mode) {
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode)) return "a character device";
  if (S_ISBLK(mode)) return "a block device";
  return "a special file";
}

}  // namespace wm
