#pragma once

// The output directory and its contents. Every component of a path is opened separately without following
// symbolic links, so no output is written outside of the tree, even if somebody changes it meanwhile. The
// root is found by its path, which may lead elsewhere by now, so it must be identical to the one that the
// supervisor opened. One thread.

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/job/task.h"
#include "common/os/unique_fd.h"

namespace wm {

class OutputTree {
 public:
  /// Opens nothing before the first use. `umask` is the process's.
  OutputTree(std::string root, mode_t umask) : root_(std::move(root)), umask_(umask) {}

  /// A descriptor of the directory `relative` ("" is the root), which is created if missing. Where it mirrors
  /// directories above the task's input, no created directory grants more access than its original. Stays
  /// open until the next call. Throws TaskFailure (write_error), also when the root is not the task's.
  int directory(std::string_view relative, const Task& task);

 private:
  [[nodiscard]] UniqueFd open_root(const OutputRoot& expected) const;
  UniqueFd open_or_make(int parent, const std::string& name, const std::string& original) const;

  std::string root_;
  mode_t umask_;
  UniqueFd root_fd_;
  std::string last_;  // the previous directory: files of one directory tend to follow each other
  UniqueFd last_fd_;
};

}  // namespace wm
