#pragma once

// A file system that does not tell upper and lower case apart: exFAT, ext4 with its casefold feature, or
// FAT. Only in a mount namespace of the test's own (small_disk.h).

#include <string>

namespace wm::test {

class FoldingDisk {
 public:
  /// Mounts it on a directory, which is made. `image` is the file that it lies in.
  FoldingDisk(std::string directory, const std::string& image);
  ~FoldingDisk();
  FoldingDisk(const FoldingDisk&) = delete;
  FoldingDisk& operator=(const FoldingDisk&) = delete;

  /// Why it is not there; "" when it is.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  std::string directory_;
  std::string problem_;
};

}  // namespace wm::test
