#pragma once

// What a worker does when a signal kills it: one snapshot of all threads into its crash record, then the
// signal takes its course, so that core dumps and the exit status are as if nobody had looked. Also the looks
// at a worker that lives on.
//
// All that runs in a handler here is async-signal-safe: system calls and static memory, no allocation, no
// lock.

#include <ucontext.h>

#include "common/crash/crash_record.h"

namespace wm::crash {

/// For SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS and the signals of looks. `head` and
/// `record_fd` must stay for the life of the process.
void install_fault_handlers(CrashRecordHead& head, int record_fd) noexcept;

/// Somebody ends the process by exit(): a snapshot, unless the worker is leaving or dying anyway. `context`
/// is the caller's. Any thread.
void record_exit(int status, ucontext_t* context) noexcept;

}  // namespace wm::crash
