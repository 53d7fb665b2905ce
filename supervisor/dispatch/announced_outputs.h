#pragma once

// The outputs that workers were about to rename to their final names when they died. If the file at an
// output's path is one of them, it was published, although its worker did not live to report it. Values; one
// thread.

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "common/job/outcome.h"
#include "common/job/output_identity.h"
#include "common/job/task.h"
#include "common/job/temporary_name.h"

namespace wm {

class AnnouncedOutputs {
 public:
  void add(RunToken run, TaskId task, const OutputIdentity& output, Result result) {
    outputs_.insert_or_assign(key(run, task, output), result);
  }
  /// The announced result; none when the output was not announced.
  [[nodiscard]] std::optional<Result> find(RunToken run, TaskId task, const OutputIdentity& output) const {
    const auto found = outputs_.find(key(run, task, output));
    if (output.inode == 0 || found == outputs_.end()) return std::nullopt;
    return found->second;
  }
  /// All that were announced for the task.
  [[nodiscard]] std::vector<OutputIdentity> of(RunToken run, TaskId task) const {
    std::vector<OutputIdentity> outputs;
    const auto first = key(run, task, {.inode = 0, .size = std::numeric_limits<std::int64_t>::min()});
    for (auto found = outputs_.lower_bound(first); found != outputs_.end(); ++found) {
      const auto& [found_run, found_task, inode, size, mtime_ns] = found->first;
      if (found_run != std::get<0>(first) || found_task != std::get<1>(first)) break;
      if (inode != 0) outputs.push_back({.inode = inode, .size = size, .mtime_ns = mtime_ns});
    }
    return outputs;
  }
  void clear() noexcept { outputs_.clear(); }

 private:
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;
  [[nodiscard]] static Key key(RunToken run, TaskId task, const OutputIdentity& output) {
    return {static_cast<std::uint64_t>(run), number(task), output.inode, output.size, output.mtime_ns};
  }
  std::map<Key, Result> outputs_;
};

}  // namespace wm
