#pragma once

// Times as text, in UTC and to the second. Given in nanoseconds since the epoch.

#include <cstdint>
#include <string>

namespace wm {

/// "2026-11-30T10:50:00Z", RFC 3339.
[[nodiscard]] std::string utc_time(std::int64_t time_ns);
/// "20261130T105000Z", for file names.
[[nodiscard]] std::string compact_utc_time(std::int64_t time_ns);

}  // namespace wm
