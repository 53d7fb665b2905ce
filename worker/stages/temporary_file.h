#pragma once

// A file that appears under its final name whole or not at all. The destructor removes what did not get it.
// Throws TaskFailure (write_error).

#include <sys/stat.h>

#include <cstddef>
#include <span>
#include <string>

#include "common/job/output_identity.h"
#include "common/os/inode_numbers.h"
#include "common/os/unique_fd.h"

namespace wm {

class TemporaryFile {
 public:
  /// Makes `name` in `directory`, which is borrowed and must stay open, with permissions that are never wider
  /// than those of `source`. A file of this name, left by a worker that was killed, is replaced; a link is
  /// never followed.
  TemporaryFile(int directory, std::string name, const struct stat& source, mode_t umask);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void set_times(const struct timespec& accessed, const struct timespec& modified);
  /// Closes the file, whose identity stays what this returns.
  [[nodiscard]] OutputIdentity finish(LastInodeNumbers& numbers);
  /// Of a finished file. False: `final_name` is taken, and nothing was changed.
  [[nodiscard]] bool take_name(const std::string& final_name);
  /// The same, but replaces whatever has `final_name`, unless it is a directory.
  void take_over_name(const std::string& final_name);

 private:
  int directory_;
  std::string name_;
  UniqueFd fd_;
  bool has_final_name_ = false;
};

}  // namespace wm
