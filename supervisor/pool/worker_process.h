#pragma once

// Finds the process named in a crash record. Its worker wrote the crash record, but anybody with access to
// the file may have edited it since: the process may belong to a stranger, be the user's shell, or pid 1. May
// be called from any thread.

#include <sys/types.h>

#include "common/crash/crash_record.h"
#include "common/os/unique_fd.h"

namespace wm {

/// A verified process; the descriptor never refers to a later process with the same pid.
struct WorkerProcess {
  UniqueFd pidfd;  // invalid: it is no worker of this job, or has ended
  pid_t pid = 0;
};

/// `head` is a copy of the head of the crash record open at `record_fd`. The process must be a child of
/// `supervisor`, the holder of the job's lock; belong to this process' user; have the start time given in the
/// crash record; and hold the crash record's file at the descriptor where the supervisor has put it.
[[nodiscard]] WorkerProcess find_worker_process(const CrashRecordHead& head, int record_fd, pid_t supervisor);

/// Whether the process named in the crash record is still running. It may be anybody's, so use this only for
/// waiting.
[[nodiscard]] bool lives(const CrashRecordHead& head);

}  // namespace wm
