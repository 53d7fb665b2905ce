#pragma once

// Where the log file is, and how it is opened so that nobody else can decide where the log goes, and that it
// goes into no file that is something else. A value; any thread.
//
// In the job directory, and in every directory that others may write to or that belongs neither to the user
// nor to root, it must be a regular file of the user's own. Elsewhere it may be anything that the user has
// put there: a link, a terminal, a FIFO with a reader. Outside the job directory, a regular file must be new,
// empty, or a log of this program.

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

  /// Touches nothing. Throws UsageError when the file there is something else than a log.
  void check() const;
  /// Touches nothing. Throws UsageError when rotation would meet something else than a log.
  void check_old_files(unsigned files) const;

  struct Opened {
    UniqueFd fd;
    bool can_rotate = false;  // it is a regular file of that name
  };
  /// Opens it for appending, and creates it when it is missing. The descriptor does not block. Throws
  /// UsageError when what is there cannot be a log file, std::system_error.
  [[nodiscard]] Opened open() const;
  /// False: another supervisor has taken the job over. Asks the file server once a second at most.
  [[nodiscard]] bool may_write() const noexcept;
  /// In the job directory: replaces the file by a copy of itself, so that a process that has it open goes on
  /// writing where nobody reads. Elsewhere the log may be a terminal, or that of other jobs, too: it stays.
  /// Throws UsageError, std::system_error.
  void renew() const;
  /// Renames PATH to PATH.1, that to PATH.2, and so on, up to so many old files. Only a log is replaced, and
  /// nothing is renamed when something else has one of these names. Throws UsageError, std::system_error.
  void rotate(unsigned files) const;

 private:
  struct Directory {
    UniqueFd own;
    int fd = -1;
  };
  struct File {
    Directory directory;
    std::string name;
    bool is_trusted = false;  // only root and this user can have put it there
    bool is_magic = false;    // the name is one of /proc
  };
  [[nodiscard]] Directory directory() const;
  [[nodiscard]] File find() const;
  [[nodiscard]] std::string old_name(unsigned number) const;
  [[noreturn]] void refuse(const std::string& why) const;
  void check_old_files(int directory, unsigned files) const;

  std::string path_, parent_, name_;
  std::optional<JobDirectory> job_;
  bool in_job_ = false;  // the file lies in it
};

}  // namespace wm
