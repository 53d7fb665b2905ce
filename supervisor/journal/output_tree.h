#pragma once

// Looks at outputs without following a symlink at the end of their path. Any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "common/os/unique_fd.h"

namespace wm {

struct OutputStatus {
  bool regular = false;
  std::int64_t size = 0;
  std::int64_t ctime_ns = 0;  // last change of the inode: a rename onto the path counts on Linux filesystems
};

class OutputTree {
 public:
  /// Throws std::system_error.
  explicit OutputTree(const std::string& directory);

  [[nodiscard]] int fd() const noexcept { return root_.get(); }
  [[nodiscard]] std::optional<OutputStatus> look(const std::string& output) const;
  /// Removes what an attempt at `task` left beside `output` when it was killed. True: there was something.
  bool remove_temporary(const std::string& output, std::uint64_t task) const;

 private:
  UniqueFd root_;
};

}  // namespace wm
