#pragma once

// Starts worker processes and owns everything they inherit: segment, job description, wake-ups, lifeline.
// Main thread only: a worker dies with the thread that started it (PR_SET_PDEATHSIG).

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/job/job_description.h"
#include "common/job/task.h"
#include "common/os/event_fd.h"
#include "common/os/unique_fd.h"
#include "common/segment/mapped_segment.h"
#include "supervisor/pool/debugging_tool.h"
#include "supervisor/process/spawn.h"

namespace wm {

struct StartedWorker {
  ChildProcess process;
  UniqueFd output;  // read end of its stdout and stderr; non-blocking
};

class WorkerLauncher {
 public:
  /// The segment must outlive the launcher. Throws std::system_error.
  WorkerLauncher(std::string program, const MappedSegment& segment, const JobDescription& job);

  /// This worker runs under `tool` from its next start on.
  void run_under(WorkerIndex worker, DebuggingTool tool) { tool_ = {worker, tool}; }
  [[nodiscard]] bool runs_under_tool(WorkerIndex worker) const noexcept {
    return tool_ && tool_->first == worker;
  }

  /// `crash_record` is a borrowed descriptor of this life's crash record. Throws std::system_error when the
  /// process cannot be started.
  [[nodiscard]] StartedWorker start(WorkerIndex worker, int crash_record) const;

  [[nodiscard]] const EventFd& ready() const noexcept { return ready_; }
  [[nodiscard]] const EventFd& done() const noexcept { return done_; }
  [[nodiscard]] const EventFd& log() const noexcept { return log_; }
  [[nodiscard]] const std::vector<EventFd>& space() const noexcept { return space_; }

 private:
  std::string program_;
  std::optional<std::pair<WorkerIndex, DebuggingTool>> tool_;
  int segment_;  // borrowed
  UniqueFd job_;
  EventFd ready_;
  EventFd done_;
  EventFd log_;
  std::vector<EventFd> space_;
  Pipe lifeline_;  // never written to; closing the write end is the message
};

}  // namespace wm
