#pragma once

// Several jobs may share an output directory, with different inputs or as shards of one job. They do not
// exclude each other but notice each other: no job replaces another's files, so where two make the same file,
// the second fails. Each supervisor holds a shared lock on the directory itself, at the byte whose offset is
// its pid; the kernel releases it when the process dies. Main thread.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm {

/// Another supervisor that writes into the directory.
struct OutputNeighbour {
  pid_t pid = 0;              // 0 when unknown: it belongs to another user, or runs elsewhere
  std::string job_directory;  // likewise ""
  bool operator==(const OutputNeighbour&) const = default;
};

class OutputClaim {
 public:
  /// Locks the descriptor's directory. Throws std::system_error, also where the file system has no such
  /// locks.
  explicit OutputClaim(int directory);

  /// The other supervisors that were not reported before.
  [[nodiscard]] std::vector<OutputNeighbour> new_neighbours();

 private:
  [[nodiscard]] std::vector<pid_t> locking_pids() const;

  UniqueFd directory_;
  std::vector<pid_t> known_;
};

/// "another wm-supervisor (pid 4711, job directory /srv/out/.wm-supervisor) writes into out, too; …".
[[nodiscard]] std::string neighbour_text(const OutputNeighbour& neighbour, const std::string& output);

}  // namespace wm
