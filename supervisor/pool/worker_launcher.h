#pragma once

// Starts worker processes and owns what they inherit: segment, job description, wake-ups, lifeline.
// Main thread only: a worker dies with the thread that started it (PR_SET_PDEATHSIG).

#include <sys/types.h>

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

namespace wm {

/// A started worker. Reaping it is the owner's duty.
struct ChildProcess {
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd output;  // read end of its stdout and stderr; does not block
};

class WorkerLauncher {
 public:
  /// Throws std::system_error.
  WorkerLauncher(std::string program, const MappedSegment& segment, const JobDescription& job);

  /// This worker runs under `tool` from its next start on.
  void run_under(WorkerIndex worker, DebuggingTool tool) { tool_ = {worker, tool}; }
  [[nodiscard]] bool runs_under_tool(WorkerIndex worker) const noexcept {
    return tool_ && tool_->first == worker;
  }

  /// `cell` is a descriptor of the crash cell of this life; borrowed. Throws std::system_error when the
  /// process cannot be started.
  [[nodiscard]] ChildProcess start(WorkerIndex worker, int cell) const;

  [[nodiscard]] const EventFd& ready() const noexcept { return ready_; }
  [[nodiscard]] const EventFd& done() const noexcept { return done_; }
  [[nodiscard]] const EventFd& log() const noexcept { return log_; }
  [[nodiscard]] const std::vector<EventFd>& space() const noexcept { return space_; }

 private:
  std::string program_;
  std::optional<std::pair<WorkerIndex, DebuggingTool>> tool_;
  UniqueFd segment_;
  UniqueFd job_;
  EventFd ready_;
  EventFd done_;
  EventFd log_;
  std::vector<EventFd> space_;
  UniqueFd lifeline_read_;
  UniqueFd lifeline_write_;  // never written to; closing it is the message
};

}  // namespace wm
