#pragma once

// The error for a name that is no option: names the nearest one, or says that it belongs to a later version.

#include <cstdint>
#include <string>
#include <string_view>

namespace wm {

enum class NameKind : std::uint8_t { option, key, mark_key };

/// `name` without dashes.
[[nodiscard]] std::string unknown_name_text(NameKind kind, std::string_view name);

}  // namespace wm
