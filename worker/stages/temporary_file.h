#pragma once

// A file that appears under its final name whole or not at all. The destructor removes what was not
// committed. Throws TaskFailure (write_error).

#include <sys/stat.h>

#include <cstddef>
#include <span>
#include <string>

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
  /// Closes and renames; replaces whatever `final_name` is, but for a directory.
  void commit(const std::string& final_name);

 private:
  int directory_;
  std::string name_;
  UniqueFd fd_;
  bool committed_ = false;
};

}  // namespace wm
