#pragma once

// One line of the log before it is formatted, whoever wrote it.

#include <cstdint>
#include <string>

#include "common/job/log_level.h"

namespace wm {

struct LogEvent {
  std::int64_t time_ns = 0;  // CLOCK_REALTIME
  std::string name;          // "supervisor", "worker-03"
  LogLevel level{};
  std::string message;         // bytes; escaped when it is formatted
  std::uint64_t sequence = 0;  // within a worker's life; 0 for what did not come through a lane
  std::uint64_t task = 0;      // 0: none
};

}  // namespace wm
