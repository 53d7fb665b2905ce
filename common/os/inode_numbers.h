#pragma once

// Whether a file system gives a file one inode number for as long as the file exists. FAT and exFAT keep none
// on the disk, and user-space and SMB file systems may number a file anew when the kernel has forgotten it:
// after a mount, or when memory is short.

#include <sys/stat.h>

#include <cstdint>

namespace wm {

enum class InodeNumbers : std::uint8_t { kept, not_kept };

/// By the kernel's number for the type of a file system (statfs.f_type). Pure.
[[nodiscard]] InodeNumbers inode_numbers_of_type(std::uint64_t type) noexcept;

/// Of the file system that an open file or directory is on; kept, where that cannot be asked.
[[nodiscard]] InodeNumbers inode_numbers_at(int fd) noexcept;

/// Remembers the answer for the last device, since asking may go over a network. One thread.
class LastInodeNumbers {
 public:
  /// `fd` is open on the same file system as the file of `status`.
  [[nodiscard]] InodeNumbers of(const struct ::stat& status, int fd) noexcept;

 private:
  bool asked_ = false;
  ::dev_t device_ = 0;
  InodeNumbers numbers_ = InodeNumbers::kept;
};

}  // namespace wm
