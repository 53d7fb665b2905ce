#pragma once

// Where the log file is, and how it is opened so that nobody else can decide where the log goes. A value; any
// thread.
//
// In the job directory, and in every directory that others may write to or that belongs neither to the user
// nor to root, it must be a regular file of the user's own. Elsewhere it may be anything that the user has
// put there: a link, a terminal, a FIFO with a reader.

#include <optional>
#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

class LogPlace {
 public:
  /// `job`: the job directory, when there is one. It is asked before the log is changed, wherever that is.
  LogPlace(std::string path, const std::optional<JobDirectory>& job = std::nullopt);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Opens it for appending, and creates it when it is missing. The descriptor does not block. Throws
  /// UsageError when what is there cannot be a log file, std::system_error.
  [[nodiscard]] UniqueFd open() const;
  /// False: another supervisor has taken the job over. Asks the file server once a second at most.
  [[nodiscard]] bool may_write() const noexcept;
  /// In the job directory: replaces the file by a copy of itself, so that a process that has it open goes on
  /// writing where nobody reads. Elsewhere the log may be a terminal, or that of other jobs, too: it stays.
  /// Throws UsageError, std::system_error.
  void renew() const;
  /// Renames the file before it (PATH.1, or PATH) to the old name `number` (PATH.2). False with errno.
  [[nodiscard]] bool shift(unsigned number) const;
  /// False with errno.
  [[nodiscard]] bool remove() const;

 private:
  struct Directory {
    UniqueFd own;
    int fd = -1;
  };
  [[nodiscard]] Directory directory() const;
  [[nodiscard]] std::string old_name(unsigned number) const;

  std::string path_, parent_, name_;
  std::optional<JobDirectory> job_;
  bool in_job_ = false;  // the file lies in it
};

}  // namespace wm
