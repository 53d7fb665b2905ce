#pragma once

// A file system that does not tell upper and lower case apart: ext4 with its casefold feature, FAT, or exFAT
// (by the kernel, or by exfat-fuse). Only in a mount namespace of the test's own (small_disk.h).

#include <string>

namespace wm::test {

class FoldingDisk {
 public:
  /// Mounts it on a directory, which is made. `image` is the file that it lies in.
  FoldingDisk(std::string directory, std::string image);
  ~FoldingDisk();
  FoldingDisk(const FoldingDisk&) = delete;
  FoldingDisk& operator=(const FoldingDisk&) = delete;

  /// Why it is not there; "" when it is.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  /// Takes it away and mounts it again, which gives the files of some other inode numbers.
  void mount_again();

 private:
  void run_script(const char* step);
  void unmount() const;

  std::string directory_;
  std::string image_;
  std::string problem_;
};

}  // namespace wm::test
