#pragma once

// Sizes and times for people. Pure.

#include <cstdint>
#include <string>

namespace wm {

/// "17 B", "1.1 TiB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
/// As short_duration(): "0:07", "3:05:00".
[[nodiscard]] std::string duration_text(double seconds);
/// The same, for times below a second, too: "71 ms", "1.4 s", "0:12".
[[nodiscard]] std::string short_time_text(double seconds);

}  // namespace wm
