#pragma once

// What a run keeps for each worker besides its process, which the pool has. Values; main thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "common/job/task.h"
#include "supervisor/crash/death_facts.h"
#include "supervisor/crash/recent_files.h"
#include "supervisor/pool/hang_evidence.h"
#include "supervisor/pool/hang_watch.h"

namespace wm {

struct WorkerRecord {
  std::uint64_t tasks_done = 0;         // in its current life
  HangWatch hang;                       // in use once its task is overdue
  HangEvidence evidence;                // what was observed of it then
  std::uint64_t killed_for_ticket = 0;  // the task for which it was last killed
  pid_t announced_as_parked = 0;        // it waits for a debugger, and that has been announced
  std::optional<DeathFacts> death;      // until its last words have been read
};

class WorkerRecords {
 public:
  explicit WorkerRecords(unsigned workers) : records_(workers), recent_files_(workers) {}

  [[nodiscard]] WorkerRecord& of(WorkerIndex worker) { return records_.at(number(worker)); }
  [[nodiscard]] RecentFiles& recent_files() noexcept { return recent_files_; }

 private:
  std::vector<WorkerRecord> records_;
  RecentFiles recent_files_;
};

}  // namespace wm
