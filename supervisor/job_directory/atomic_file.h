#pragma once

// A file of a job directory that is written under a temporary name and renamed when it is complete. One
// thread.

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

class AtomicFile {
 public:
  /// Creates NAME.tmp; a leftover of that name is removed. Throws std::system_error.
  AtomicFile(JobDirectory directory, std::string name, mode_t mode);
  /// Removes the temporary file unless commit() succeeded, also when nothing else may be changed any more.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws std::system_error.
  void write(std::string_view text);
  /// Writes everything, and waits until it is on the disk. Throws std::system_error.
  void sync();
  /// Writes everything and closes the file, without renaming it yet. commit() also does this. Throws
  /// std::system_error.
  void close();
  /// Renames the file, replacing any file of that name. Throws std::system_error.
  void commit();

 private:
  void flush();

  JobDirectory directory_;
  std::string name_;
  std::string temporary_;
  UniqueFd file_;
  ::ino_t inode_ = 0;  // of the temporary file
  std::string pending_;
  bool committed_ = false;
};

/// Writes `text` to `fd`. Throws std::system_error, which calls the file `shown`.
void write_all(int fd, std::string_view text, const std::string& shown);

}  // namespace wm
