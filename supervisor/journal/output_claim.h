#pragma once

// Several jobs may have one output directory: other inputs, or shards of one job. They do not refuse each
// other, but they notice each other: none replaces what another has made, so where two make the same files,
// the second fails. Each supervisor holds a shared lock on the directory itself, at the byte whose number is
// its pid; the kernel takes it away when the process dies. Main thread.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm {

/// Another supervisor that writes into the directory.
struct OutputNeighbour {
  pid_t pid = 0;              // 0 when it cannot be known: it is another user's, or elsewhere
  std::string job_directory;  // likewise ""
  bool operator==(const OutputNeighbour&) const = default;
};

class OutputClaim {
 public:
  /// Locks the directory behind the descriptor. Throws std::system_error, also where the file system has no
  /// such locks.
  explicit OutputClaim(int directory);

  /// The others, those not reported before. In order of their pids.
  [[nodiscard]] std::vector<OutputNeighbour> new_neighbours();

 private:
  UniqueFd directory_;
  std::vector<pid_t> known_;
};

/// "another wm-supervisor (pid 4711, job directory /srv/out/.wm-supervisor) writes into out, too; …".
[[nodiscard]] std::string neighbour_text(const OutputNeighbour& neighbour, const std::string& output);

}  // namespace wm
