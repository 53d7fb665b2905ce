#pragma once

// What /proc says of a process at one moment (see proc(5)). May be called from any thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace wm {

struct ProcessStatus {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t start_ticks = 0;  // since boot: tells it from another process of its pid
};

/// None when there is no such process.
[[nodiscard]] std::optional<ProcessStatus> process_status(pid_t pid);

/// Its real, effective and saved user is this process' effective one.
[[nodiscard]] bool has_own_user(pid_t pid);

}  // namespace wm
