#pragma once

// Which of the runs whose temporary files lie among the outputs may be alive: those of the job's other
// shards. One thread.

#include <set>
#include <string>

#include "common/job/temporary_name.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

class LiveRuns {
 public:
  /// `shards` is the directory of all shards, "" for a job without shards. `own` is a job directory that this
  /// process owns: the time of its owner's file is the file server's, at most some seconds ago.
  LiveRuns(std::string shards, JobDirectory own) : shards_(std::move(shards)), own_(std::move(own)) {}

  /// Looks at the owners' files of all shards when it meets a run that it does not know: a run has that file
  /// before it makes any other. What cannot be read counts as alive.
  [[nodiscard]] bool may_be_alive(RunToken run);

 private:
  void look();

  std::string shards_;
  JobDirectory own_;
  std::set<RunToken> alive_, dead_;
  bool unreadable_ = false;
};

}  // namespace wm
