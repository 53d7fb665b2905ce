#pragma once

// What the next run learns about a run that died from its crash records, and from what it noted in the job
// directory while its journal was elsewhere. Values; one thread.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/job/output_identity.h"
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

/// Outputs of runs whose journal may be lost, since it was on a disk of another machine: those that may be
/// missing in the copy of the journal that is left. Paths are below the output directory.
struct UnrecordedOutputs {
  struct Output {
    std::string path;
    OutputIdentity identity;
    bool operator==(const Output&) const = default;
  };
  /// What is known of an output's path.
  struct Doubt {
    bool was_free = false;                  // when it was handed out: what is there may be the job's own
    std::vector<OutputIdentity> found;      // what was there when it was handed out; size may be 0
    std::vector<OutputIdentity> published;  // the job's own
    std::set<RunToken> runs;                // that noted it, or have taken it over from others
    bool operator==(const Doubt&) const = default;
  };
  using InDoubt = std::unordered_map<std::string, Doubt>;
  std::vector<Output> published;  // the job's own, whether still there or not
  InDoubt in_doubt;
  std::set<RunToken> runs;  // all of them are dead

  [[nodiscard]] const Doubt* doubt_of(const std::string& output) const {
    const auto found = in_doubt.find(output);
    return found == in_doubt.end() ? nullptr : &found->second;
  }
};

struct LeftEvidence {
  AnnouncedOutputs announced;
  TasksInProgress in_progress;
  UnrecordedOutputs unrecorded;
};

}  // namespace wm
