#pragma once

// A directory of a test's own in the place of /dev/shm: every name that a program makes there is noticed,
// also one that is removed at once, and none that programs of other tests make. It is mounted in a namespace
// that only the program and its children see, which takes root or user namespaces.

#include <string>
#include <vector>

#include "common/os/unique_fd.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace wm::test {

class OwnSharedMemory {
 public:
  /// Tries it out with a name. Throws std::runtime_error when that name is not noticed, std::system_error.
  OwnSharedMemory();

  /// Why it cannot be used here, "" when it can.
  [[nodiscard]] const std::string& obstacle() const noexcept { return obstacle_; }
  /// The command that runs `command` with it, in the same process. `command` itself when it cannot be used.
  [[nodiscard]] Words around(const Words& command) const;
  /// The names that were made in it since the last call.
  [[nodiscard]] std::vector<std::string> names_made() const;

 private:
  TempDir directory_;
  UniqueFd watch_;
  std::string obstacle_;
};

}  // namespace wm::test
