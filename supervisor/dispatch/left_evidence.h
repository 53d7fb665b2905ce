#pragma once

// What the next run learns from the crash records of a run that died. Values; one thread.

#include <cstdint>
#include <map>
#include <set>

#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "supervisor/dispatch/announced_outputs.h"

namespace wm {

/// The tasks that workers were working on. A file that no worker had begun cannot be why the run died.
class TasksInProgress {
 public:
  /// Adds the task in the last crash record of this worker; 0 is no task.
  void add(RunToken run, std::uint32_t worker, TaskId task) {
    Run& found = runs_[static_cast<std::uint64_t>(run)];
    found.workers.insert(worker);
    found.tasks.insert(number(task));
  }
  /// False: the crash records of all workers of that run exist, and no worker was working on the task.
  [[nodiscard]] bool may_have_begun(RunToken run, TaskId task) const {
    const auto found = runs_.find(static_cast<std::uint64_t>(run));
    if (found == runs_.end()) return true;
    const auto& [workers, tasks] = found->second;
    // Workers are numbered from 0. Nothing is known of a worker whose crash record was a memory file.
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
