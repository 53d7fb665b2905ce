#pragma once

// Whether a file system keeps a file's inode number for as long as the file exists. FAT and exFAT store none
// on disk, and user-space and SMB file systems may renumber a file once the kernel has forgotten it: after a
// mount, or when memory is short.

#include <sys/stat.h>

#include <cstdint>

namespace wm {

enum class InodeNumbers : std::uint8_t { kept, not_kept };

/// By the kernel's type number of the file system (statfs.f_type). Pure.
[[nodiscard]] InodeNumbers inode_numbers_of_type(std::uint64_t type) noexcept;

/// Of the file system that holds an open file or directory; `kept` if the query fails.
[[nodiscard]] InodeNumbers inode_numbers_at(int fd) noexcept;

/// Caches the answer for the last device, since the query may go over a network. One thread.
class LastInodeNumbers {
 public:
  /// `fd` must be open on the same file system as the file of `status`.
  [[nodiscard]] InodeNumbers of(const struct ::stat& status, int fd) noexcept;

 private:
  bool asked_ = false;
  ::dev_t device_ = 0;
  InodeNumbers numbers_ = InodeNumbers::kept;
};

}  // namespace wm
