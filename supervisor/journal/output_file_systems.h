#pragma once

// The file systems on which a run's outputs lie: that of the output directory, and others that are mounted
// below it. One thread, unless stated otherwise.

#include <sys/types.h>

#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/os/unique_fd.h"
#include "supervisor/journal/output_tree.h"

namespace wm {

/// Waits until what was written to the file systems is on their disks. Any thread. Throws std::system_error,
/// also when something that was written since the last call has failed.
void sync_file_systems(std::span<const int> descriptors);

class OutputFileSystems {
 public:
  /// Begins with that of the output directory. Throws std::system_error.
  explicit OutputFileSystems(const OutputTree& outputs);

  /// Adds those of these outputs' directories, relative to the output directory. True: there was a new one.
  /// Throws std::system_error.
  bool add(std::span<const std::string> outputs);
  /// One on each file system. They stay open as long as this object: the kernel reports a failed write once
  /// to each descriptor that was open before.
  [[nodiscard]] std::vector<int> descriptors() const;

 private:
  [[nodiscard]] UniqueFd opened(const std::string& directory, const std::string& output) const;

  UniqueFd root_;
  std::set<::dev_t> devices_;
  std::vector<UniqueFd> others_;
};

}  // namespace wm
