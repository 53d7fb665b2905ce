#pragma once

// The status of a process at one moment, from /proc (see proc(5)). May be called from any thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace wm {

struct ProcessStatus {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t start_ticks = 0;  // since boot: distinguishes it from another process with the same pid
};

/// None when the process does not exist.
[[nodiscard]] std::optional<ProcessStatus> process_status(pid_t pid);

/// Whether its real, effective and saved user ids all equal this process' effective one.
[[nodiscard]] bool has_own_user(pid_t pid);

}  // namespace wm
