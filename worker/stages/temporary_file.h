#pragma once

// A file that appears under its final name whole or not at all. The destructor removes it if it did not get
// that name. Throws TaskFailure (write_error).

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
  /// Creates `name` in `directory`, which is borrowed and must stay open, with permissions that are never
  /// wider than those of `source`. Replaces a file of this name left by a killed worker; never follows a
  /// link.
  TemporaryFile(int directory, std::string name, const struct stat& source, mode_t umask);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void set_times(const struct timespec& accessed, const struct timespec& modified);
  /// Closes the file and returns its identity, which is final.
  [[nodiscard]] OutputIdentity finish(LastInodeNumbers& numbers);
  /// For a finished file. False: `final_name` exists already, and nothing was changed.
  [[nodiscard]] bool take_name(const std::string& final_name);
  /// Likewise, but replaces anything named `final_name`, except a directory.
  void take_over_name(const std::string& final_name);

 private:
  int directory_;
  std::string name_;
  UniqueFd fd_;
  bool has_final_name_ = false;
};

}  // namespace wm
