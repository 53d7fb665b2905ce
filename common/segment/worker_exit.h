#pragma once

// How supervisor and worker communicate besides the segment: the command-line word for a worker that runs
// under a debugger, so that the supervisor is not its parent, and the exit codes. Any other exit code is a
// crash.

namespace wm {

inline constexpr const char* traced_worker_word = "traced";

inline constexpr int worker_exit_stopped = 0;
inline constexpr int worker_exit_boot_failed = 64;
inline constexpr int worker_exit_orphaned = 65;
inline constexpr int worker_exit_usage = 66;
inline constexpr int worker_exit_damaged = 67;  // the shared memory holds values that nobody wrote

}  // namespace wm
