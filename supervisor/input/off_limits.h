#pragma once

// The directories that a scan must not enter: the job's own. They are identified by device and inode, so no
// other name or link leads into them, and looked up again each time, because the job may make them meanwhile.

#include <array>
#include <optional>
#include <string>

#include "supervisor/input/file_identity.h"

namespace wm {

class OffLimits {
 public:
  /// Absolute paths; they need not exist. There may be no quarantine directory: "".
  OffLimits(const std::string& output_directory, const std::string& job_directory,
            const std::string& quarantine_directory);

  /// Is it one of them?
  [[nodiscard]] bool is(const FileIdentity& directory) const;

  /// Is the directory behind the descriptor one of them, or inside of one?
  [[nodiscard]] bool hold(int directory_fd) const;
  /// The same by path; false when there is no such directory.
  [[nodiscard]] bool hold(const std::string& directory);
  /// Does the file behind the descriptor lie inside of one? For files that a link led to.
  [[nodiscard]] bool hold_file(int file_fd) const;
  /// The same of the file that the link at `path` leads to; false when there is no link.
  [[nodiscard]] bool hold_behind_link(const std::string& path) const;

 private:
  std::array<std::string, 3> paths_;
  std::string last_asked_;  // lists name many files of one directory in a row
  bool last_answer_ = false;
};

}  // namespace wm
