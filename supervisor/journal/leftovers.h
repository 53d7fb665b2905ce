#pragma once

// Temporary files of runs that are in no journal any more. They are recognised by their exact names, searched
// for only in directories of outputs, and left alone while a process has them open for writing, since it may
// belong to another job. One thread.

#include <cstdint>
#include <string>
#include <unordered_set>

#include "common/job/temporary_name.h"

namespace wm {

class Leftovers {
 public:
  /// `output_directory` is borrowed. Files of the run `own` are in use.
  Leftovers(int output_directory, RunToken own) : root_(output_directory), own_(own) {}

  /// Removes them from the directory of `output`, a path below the output directory, unless that has been
  /// done already. No symbolic link is followed.
  void remove_beside(const std::string& output);
  [[nodiscard]] std::uint64_t removed() const noexcept { return removed_; }

 private:
  void remove_in(int directory);

  int root_;
  RunToken own_;
  std::unordered_set<std::string> seen_;
  std::uint64_t removed_ = 0;
};

}  // namespace wm
