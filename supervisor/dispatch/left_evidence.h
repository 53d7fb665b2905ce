#pragma once

// What the crash records of a run that died tell the next one. Values; one thread.

#include <cstdint>
#include <map>
#include <set>

#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "supervisor/dispatch/announced_outputs.h"

namespace wm {

/// The tasks that workers were at. A file that no worker had begun is not why the run died.
class TasksInProgress {
 public:
  /// What the last crash record of this worker says; 0 is no task.
  void add(RunToken run, std::uint32_t worker, TaskId task) {
    Run& found = runs_[static_cast<std::uint64_t>(run)];
    found.workers.insert(worker);
    found.tasks.insert(number(task));
  }
  /// False: the crash records of all workers of that run are there, and no worker was at the task.
  [[nodiscard]] bool may_have_begun(RunToken run, TaskId task) const {
    const auto found = runs_.find(static_cast<std::uint64_t>(run));
    if (found == runs_.end()) return true;
    const auto& [workers, tasks] = found->second;
    // Workers are numbered from 0 on. Of one that had a memory file for a crash record, nothing is known.
    const bool is_whole = *workers.rbegin() == workers.size() - 1;
    return !is_whole || tasks.contains(number(task));
  }

 private:
  struct Run {
    std::set<std::uint32_t> workers;
    std::set<std::uint64_t> tasks;
  };
  std::map<std::uint64_t, Run> runs_;
};

struct LeftEvidence {
  AnnouncedOutputs announced;
  TasksInProgress in_progress;
};

}  // namespace wm
