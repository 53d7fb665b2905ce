#pragma once

// The words for option values, in the order of their enumerations. Those of the recipe are declared next to
// it.

#include <array>
#include <cstddef>
#include <string_view>

#include "common/job/log_level.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

inline constexpr std::array<std::string_view, log_level_count> log_level_words{"debug", "info", "warning",
                                                                               "error", "critical"};
inline constexpr std::array<std::string_view, 2> log_format_words{"text", "json"};
inline constexpr std::array<std::string_view, 4> progress_words{"auto", "always", "never", "json"};
inline constexpr std::array<std::string_view, 3> durability_words{"none", "batch", "full"};
inline constexpr std::array<std::string_view, 3> overwrite_words{"changed", "never", "all"};
inline constexpr std::array<std::string_view, 3> link_policy_words{"owner", "follow", "never"};
inline constexpr std::array<std::string_view, 3> halt_words{"never", "soon", "now"};

/// The word of an enumerator.
template <typename Enum, std::size_t N>
[[nodiscard]] constexpr std::string_view word(Enum value, const std::array<std::string_view, N>& words) {
  return words[static_cast<std::size_t>(value)];
}

}  // namespace wm
