#pragma once

// The program's exit codes: part of its contract.

namespace wm {

inline constexpr int exit_all_done = 0;     // every input marked or up to date
inline constexpr int exit_some_failed = 1;  // some input failed, was quarantined, or could not be looked for
inline constexpr int exit_usage = 2;        // usage or configuration error; nothing was touched
inline constexpr int exit_halted = 3;       // restart limit, boot failure, --halt, journal not writable
inline constexpr int exit_try_again = 75;   // another supervisor holds the job; of `report`, too
// Of `replay`.
inline constexpr int replay_same = 0;
inline constexpr int replay_not_reproduced = 1;
inline constexpr int replay_different = 4;
// of `status`: a running job is 0
inline constexpr int status_not_running = 3;
// 128 + signal after a clean stop by SIGINT or SIGTERM.

}  // namespace wm
