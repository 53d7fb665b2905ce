#pragma once

// Temporary files of runs that are in no journal any more. They are recognised by their exact names, searched
// for only in directories of outputs, and left alone while they may be in use, since they may belong to
// another job: while a process of this machine has them open for writing, or their run may be alive; and,
// where other machines may write, until they are older than a run that nobody has seen. One thread.

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <unordered_set>

#include "common/job/temporary_name.h"

namespace wm {

/// Removes the temporary files of runs that are known to be dead from the directory of `output`, a path below
/// the output directory. Returns how many there were. No symbolic link is followed.
[[nodiscard]] std::uint64_t remove_temporaries_beside(int output_directory, const std::string& output,
                                                      const std::set<RunToken>& runs);

class Leftovers {
 public:
  using MayBeAlive = std::function<bool(RunToken)>;
  /// `output_directory` is borrowed. Files of the run `own` are in use. `may_be_alive` may be empty.
  Leftovers(int output_directory, RunToken own, MayBeAlive may_be_alive = {});

  /// Removes them from the directory of `output`, a path below the output directory, unless that has been
  /// done already. No symbolic link is followed.
  void remove_beside(const std::string& output);
  [[nodiscard]] std::uint64_t removed() const noexcept { return removed_; }

 private:
  void remove_in(int directory);
  [[nodiscard]] std::int64_t newest_left(int directory) const;

  int root_;
  RunToken own_;
  MayBeAlive may_be_alive_;
  bool others_may_write_;  // on other machines
  std::unordered_set<std::string> seen_;
  std::uint64_t removed_ = 0;
};

}  // namespace wm
