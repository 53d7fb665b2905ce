#pragma once

// The output directory and what lies below it. Every component of a path is opened on its own without
// following symbolic links, so no output is written outside of the tree, whoever changes it meanwhile. One
// thread.

#include <string>
#include <string_view>

#include "common/os/unique_fd.h"

namespace wm {

class OutputTree {
 public:
  /// Nothing is opened before the first use.
  explicit OutputTree(std::string root) : root_(std::move(root)) {}

  /// A descriptor of the directory `relative` ("" is the root), made where it is missing. Stays open until
  /// the next call. Throws TaskFailure (write_error).
  int directory(std::string_view relative);

 private:
  std::string root_;
  UniqueFd root_fd_;
  std::string last_;  // files of one directory tend to follow each other
  UniqueFd last_fd_;
};

}  // namespace wm
