#pragma once

// Handles the signals that kill a worker: writes one snapshot of all threads into its crash record, then lets
// the signal take its course, so that core dumps and the exit status are as if there were no handler. Also
// takes snapshots of a worker that lives on.
//
// All code that runs in a handler here is async-signal-safe: system calls and static memory, no allocation,
// no lock.

#include <ucontext.h>

#include "common/crash/crash_record.h"

namespace wm::crash {

/// For SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS and the signals of live snapshots. `head`
/// and `record_fd` must stay valid for the life of the process.
void install_fault_handlers(CrashRecordHead& head, int record_fd) noexcept;

/// Called when some code ends the process by exit(): takes a snapshot, unless the worker is leaving or dying
/// anyway. `context` is the caller's. Any thread.
void record_exit(int status, ucontext_t* context) noexcept;

}  // namespace wm::crash
