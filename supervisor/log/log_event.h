#pragma once

// One line of the log before it is formatted.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "common/job/log_level.h"
#include "common/job/task.h"
#include "common/os/realtime.h"
#include "supervisor/log/log_fields.h"

namespace wm {

struct LogEvent {
  std::int64_t time_ns = 0;           // CLOCK_REALTIME
  std::optional<WorkerIndex> worker;  // whose name it carries; none: the supervisor's
  LogLevel level{};
  std::string message;         // bytes; escaped when it is formatted
  std::uint64_t sequence = 0;  // within a worker's life; 0 for events that did not come through a ring
  std::uint64_t task = 0;      // 0: none
  LogFieldsPointer fields;     // for the JSON log
};

/// An event with the present time that did not come through a ring.
[[nodiscard]] inline LogEvent log_event(std::optional<WorkerIndex> worker, LogLevel level,
                                        std::string message, std::uint64_t task = 0,
                                        LogFieldsPointer fields = nullptr) {
  return {.time_ns = realtime_ns(),
          .worker = worker,
          .level = level,
          .message = std::move(message),
          .sequence = 0,
          .task = task,
          .fields = std::move(fields)};
}

}  // namespace wm
