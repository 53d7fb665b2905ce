#pragma once

// Formats log events: as the contract's text line, or as one JSON object per line. Both end in a newline and
// never contain another one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "supervisor/cli/job_settings.h"
#include "supervisor/log/log_event.h"

namespace wm {

/// "worker-03" for index 2.
[[nodiscard]] std::string worker_name(WorkerIndex worker);

/// How many bytes is_log_line() needs.
inline constexpr std::size_t log_line_beginning = 64;
/// Whether a line that begins like this is one that LogFormatter has made, in either format.
[[nodiscard]] bool is_log_line(std::string_view beginning);

/// Appends to `line` without allocating more than it needs. One formatter per thread: it remembers the
/// broken-down time of the last second.
class LogFormatter {
 public:
  /// With `Priorities::shown`, each line begins with one for systemd's journal.
  enum class Priorities : std::uint8_t { none, shown };
  explicit LogFormatter(LogFormat format, Priorities priorities = Priorities::none)
      : format_(format), priorities_(priorities) {}

  /// text: `2026-11-23 20:42:11,123 | worker-03  | INFO     | message` (local time).
  /// json: {"time":"2026-11-23T20:42:11.123+01:00","name":…,"level":…,"message":…}, and the fields that the
  /// event has.
  void append(std::string& line, const LogEvent& event);

 private:
  void refresh_second(std::int64_t second);
  void append_text(std::string& line, const LogEvent& event, int milliseconds);
  void append_json(std::string& line, const LogEvent& event, int milliseconds);

  LogFormat format_;
  Priorities priorities_;
  std::int64_t second_ = -1;
  std::string date_and_time_;  // of second_
  std::string zone_;           // "+01:00"
};

}  // namespace wm
