#pragma once

// Exit codes of a worker; anything else is a crash.

namespace wm {

inline constexpr int worker_exit_stopped = 0;
inline constexpr int worker_exit_boot_failed = 64;
inline constexpr int worker_exit_orphaned = 65;
inline constexpr int worker_exit_usage = 66;
inline constexpr int worker_exit_damaged = 67;  // the shared memory says what nobody wrote

}  // namespace wm
