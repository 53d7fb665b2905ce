#pragma once

// Where the log file lies, and how it is opened so that nobody else decides where the log goes. A value; any
// thread.
//
// In the job directory, and in every directory that others may write or that belongs to somebody else, it is
// a regular file of the user's own. Elsewhere the user may have put what he likes: a link, a terminal, a FIFO
// with a reader.

#include <optional>
#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

class LogPlace {
 public:
  /// `job`: the job directory, when there is one.
  LogPlace(std::string path, const std::optional<JobDirectory>& job = std::nullopt);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Opens it to append, and makes it when it is missing. The descriptor does not block. Throws UsageError
  /// for what lies there and is no place for a log, std::system_error.
  [[nodiscard]] UniqueFd open() const;
  /// Gives the file the old name `number` (PATH.2) that the one before it has (PATH.1, or PATH). False with
  /// errno.
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
  std::optional<JobDirectory> job_;  // the file lies in it
};

}  // namespace wm
