#pragma once

// The job's own directories, which a scan must not enter. They are identified by device and inode, so that no
// other name or link leads into them, and are looked up until they are found, because the job may create them
// meanwhile. One thread.
//
// What cannot be found out is no answer: all functions throw std::system_error then.

#include <array>
#include <optional>
#include <string>

#include "supervisor/input/file_identity.h"

namespace wm {

class OffLimits {
 public:
  /// Absolute paths, which need not exist. `quarantine_directory` is "" if there is none.
  OffLimits(const std::string& output_directory, const std::string& job_directory,
            const std::string& quarantine_directory);

  /// Whether `directory` is one of them.
  [[nodiscard]] bool is(const FileIdentity& directory) const;

  /// Whether the descriptor's directory is one of them or inside one.
  [[nodiscard]] bool hold(int directory_fd) const;
  /// The same by path; false when there is no such directory.
  [[nodiscard]] bool hold(const std::string& directory);
  /// Whether the descriptor's file is inside one of them. For files reached through a link.
  [[nodiscard]] bool hold_file(int file_fd) const;
  /// The same for the target of the link at `path`; false when there is no link.
  [[nodiscard]] bool hold_behind_link(const std::string& path) const;

 private:
  [[nodiscard]] bool hold_opened(const std::string& directory) const;

  std::array<std::string, 3> paths_;
  mutable std::array<std::optional<FileIdentity>, 3> found_;
  std::string last_asked_;  // lists name many files of one directory in a row
  bool last_answer_ = false;
};

}  // namespace wm
