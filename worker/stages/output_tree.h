#pragma once

// The output directory and what lies below it. Every component of a path is opened on its own without
// following symbolic links, so no output is written outside of the tree, even when somebody changes it
// meanwhile. The root is found by its path, which may lead elsewhere by now; so it has to be the one that the
// supervisor opened. One thread.

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/job/task.h"
#include "common/os/unique_fd.h"

namespace wm {

class OutputTree {
 public:
  /// Nothing is opened before the first use. `umask` is that of the process.
  OutputTree(std::string root, mode_t umask) : root_(std::move(root)), umask_(umask) {}

  /// A descriptor of the directory `relative` ("" is the root), made where it is missing. Where it mirrors
  /// directories above the task's input, none that is made is open to more people than its original. Stays
  /// open until the next call. Throws TaskFailure (write_error), also when the root is not the task's.
  int directory(std::string_view relative, const Task& task);

 private:
  [[nodiscard]] UniqueFd open_root(const OutputRoot& expected) const;
  UniqueFd open_or_make(int parent, const std::string& name, const std::string& original) const;

  std::string root_;
  mode_t umask_;
  UniqueFd root_fd_;
  std::string last_;  // files of one directory tend to follow each other
  UniqueFd last_fd_;
};

}  // namespace wm
