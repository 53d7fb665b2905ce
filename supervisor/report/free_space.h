#pragma once

// Any thread. May wait for a slow file system.

#include <cstdint>
#include <optional>
#include <string>

namespace wm {

/// The bytes that an ordinary user may still write where `path` is; none if that cannot be found out.
[[nodiscard]] std::optional<std::uint64_t> free_space(const std::string& path) noexcept;

}  // namespace wm
