#pragma once

// Copies a journal into another directory, while it may be written by another thread. The copy is the state
// of one moment, and has its name only once all of it is on the disk.

#include <sys/types.h>

#include <stop_token>
#include <string>

#include "common/job/temporary_name.h"
#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

/// A connection of its own for JournalCopy::write(): what it copies is what was committed when it was opened.
/// The journal must have been opened with JournalReaders::some, or be in use by nobody. Throws sqlite::Error.
[[nodiscard]] sqlite::Database open_journal_to_copy(const JobDirectory& directory);

/// A copy that is being made. Its name has the token of the run: an owner who has lost the job, and does not
/// know it yet, never writes into the copy of another one, which has removed the old one's.
class JournalCopy {
 public:
  /// Throws std::system_error, UsageError.
  JournalCopy(JobDirectory directory, RunToken run, mode_t mode);
  /// Removes what has not been published.
  ~JournalCopy();
  JournalCopy(const JournalCopy&) = delete;
  JournalCopy& operator=(const JournalCopy&) = delete;

  /// Writes all of it and syncs it. False: it was stopped. Throws sqlite::Error, std::system_error.
  [[nodiscard]] bool write(const sqlite::Database& from, const std::stop_token& stop = {});
  /// Gives it the name job.db and syncs the directory. No log may lie next to job.db. Throws
  /// std::system_error, UsageError.
  void publish();

 private:
  const JobDirectory directory_;
  const std::string name_;
  const UniqueFd file_;
  bool published_ = false;
};

/// Removes the unfinished copies of all runs. The caller holds the job's lock. Throws std::system_error.
void remove_unfinished_copies(const JobDirectory& directory);

}  // namespace wm
