#pragma once

// What a line of the log says, in typed form: for the JSON log. docs/monitoring.md lists events and fields.
// Values.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/job/outcome.h"
#include "common/job/task.h"

namespace wm {

enum class LoggedEvent : std::uint8_t {
  run_started,
  run_stopping,
  run_ended,
  marked,
  unmarked,
  up_to_date,
  failed,
  quarantined,
  retried,
  postponed,
  duplicate,
  damaged,
  not_kept,
  mark_left_out,
  worker_started,
  worker_died,
  worker_replaced,
  worker_unkillable,
};
inline constexpr std::array<std::string_view, 18> logged_event_names{
    "run_started", "run_stopping",  "run_ended",      "marked",      "unmarked",        "up_to_date",
    "failed",      "quarantined",   "retried",        "postponed",   "duplicate",       "damaged",
    "not_kept",    "mark_left_out", "worker_started", "worker_died", "worker_replaced", "worker_unkillable"};

[[nodiscard]] constexpr std::string_view name(LoggedEvent event) {
  return logged_event_names[static_cast<std::size_t>(event)];
}

/// Fields that a line has besides its time, name, level and message.
struct LogFields {
  LoggedEvent event{};
  std::string input;   // as the user knows it, bytes; "": none
  std::string output;  // likewise
  std::optional<FailureKind> kind;
  std::string_view stage;            // of stage_names; "": none
  JpegRoute path = JpegRoute::none;  // how the JPEG was marked
  std::uint32_t attempt = 0;         // 1 is the first; 0: none
  std::optional<std::uint64_t> elapsed_ns;
  std::optional<WorkerIndex> worker;  // the one that the line is about, if it does not carry its name
};

/// Shared by the copies of an event; null for lines that are only text.
using LogFieldsPointer = std::shared_ptr<const LogFields>;

}  // namespace wm
