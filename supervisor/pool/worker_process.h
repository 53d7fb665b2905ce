#pragma once

// The process that a crash record names. A crash record is written by its worker, and left behind for anybody
// to edit who may: the process may be a stranger's, the user's shell, or number 1. May be called from any
// thread.

#include <sys/types.h>

#include "common/crash/crash_record.h"
#include "common/os/unique_fd.h"

namespace wm {

/// A process that was verified; nothing that has its pid later is meant by it.
struct WorkerProcess {
  UniqueFd pidfd;  // not valid: it is no worker of this job, or has ended
  pid_t pid = 0;
};

/// `head` is a copy of the head of the crash record behind `record_fd`. The process must be a child of
/// `supervisor`, the holder of the job's lock; of this process' user; have been started when the crash record
/// says so; and hold the crash record's file itself where the supervisor has put it.
[[nodiscard]] WorkerProcess find_worker_process(const CrashRecordHead& head, int record_fd, pid_t supervisor);

/// Whether the process that the crash record names still runs. It may be anybody's: it is for nothing but
/// waiting.
[[nodiscard]] bool lives(const CrashRecordHead& head);

}  // namespace wm
