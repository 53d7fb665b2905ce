#pragma once

// A worker's side of the memory that all workers share: it writes its task's need into its status and waits
// there for the supervisor's answer. Garbage in the status delays an answer by at most a time-out. On the
// worker's main thread.

#include <cstdint>

#include "common/job/job_description.h"
#include "common/os/event_fd.h"
#include "common/segment/layout.h"
#include "worker/log/logger.h"
#include "worker/stages/memory_grants.h"
#include "worker/stages/stage_clock.h"

namespace wm {

class MemoryRequests final : public MemoryGrants {
 public:
  struct WakeUps {
    EventFd& done;    // wakes the supervisor
    int space_fd;     // wakes this worker
    int lifeline_fd;  // hangs up when the supervisor dies
  };
  /// Borrows all arguments.
  MemoryRequests(WorkerStatus& status, const MemoryShares& shares, const WakeUps& wake_ups, Logger& log)
      : status_(status), shares_(shares), wake_ups_(wake_ups), log_(log) {}

  /// The waiting time is excluded from the task's stages.
  void begin_task(std::uint64_t ticket, StageClock& stages) noexcept;
  void end_task() noexcept;

  /// Returns at once for needs within the allowance or an earlier grant. Also returns when the supervisor is
  /// dead.
  void require(const MemoryNeed& need) override;

 private:
  void await_answer(std::uint64_t request);

  WorkerStatus& status_;
  const MemoryShares& shares_;
  WakeUps wake_ups_;
  Logger& log_;
  std::uint64_t ticket_ = 0;
  std::uint64_t granted_ = 0;  // mebibytes, for the running task
  StageClock* stages_ = nullptr;
};

}  // namespace wm
