#pragma once

// How supervisor and worker speak besides the segment: the word of the command line that says that a debugger
// stands between them, so that the supervisor is not the parent, and the exit codes; any other is a crash.

namespace wm {

inline constexpr const char* traced_worker_word = "traced";

inline constexpr int worker_exit_stopped = 0;
inline constexpr int worker_exit_boot_failed = 64;
inline constexpr int worker_exit_orphaned = 65;
inline constexpr int worker_exit_usage = 66;
inline constexpr int worker_exit_damaged = 67;  // the shared memory says what nobody wrote

}  // namespace wm
