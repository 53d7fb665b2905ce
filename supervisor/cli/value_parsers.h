#pragma once

// Parsers for option values: pure functions, the same for the command line and the configuration file. Each
// takes the whole text or throws BadValue; numbers are decimal, finite and in the C locale.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/job/recipe.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

/// A whole number from `lowest` to `highest`.
[[nodiscard]] std::uint64_t parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest);

/// Whether `text` contains a control character (C0 or DEL) that is not in `allowed`.
[[nodiscard]] bool has_control(std::string_view text, std::string_view allowed = {});

/// "true" or "false".
[[nodiscard]] bool parse_switch(std::string_view text);

/// The index of `text` in `names`, which are lower case; upper case is accepted.
[[nodiscard]] std::size_t parse_choice(std::string_view text, std::span<const std::string_view> names);

/// "60s", "500ms", "5m", "1h"; a plain number is seconds. At most a year.
[[nodiscard]] std::chrono::milliseconds parse_duration(std::string_view text);

/// A time, or a percentage of at least 100%.
[[nodiscard]] Timeout parse_timeout(std::string_view text);

/// Bytes: "512M", "1.5G"; K, M, G and T count in 1024.
[[nodiscard]] std::uint64_t parse_size(std::string_view text);

/// Pixels: "500M"; k, M and G count in 1000. At least 1.
[[nodiscard]] std::uint64_t parse_pixel_count(std::string_view text);

/// "never", "soon,fail=N", "now,fail=N"; N a count or a percentage.
[[nodiscard]] Halt parse_halt(std::string_view text);

/// "SIZE" or "SIZE:FILES"; 10 old files by default.
[[nodiscard]] LogRotation parse_log_rotation(std::string_view text);

/// The path of a preview. Its extension must not be that of a picture format other than PNG.
[[nodiscard]] std::string parse_preview_path(std::string_view text);

/// A pattern in the syntax of text/glob.h, returned unchanged.
[[nodiscard]] std::string parse_glob(std::string_view text);

/// "jpg,.PNG" as {"jpg", "png"}.
[[nodiscard]] std::vector<std::string> parse_extensions(std::string_view text);

}  // namespace wm
