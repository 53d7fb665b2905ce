#pragma once

// Finds the control group of this process.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace wm {

/// The path of this process' cgroup in the hierarchy of `controller` ("" is v2), from /proc/self/cgroup.
[[nodiscard]] std::optional<std::string> own_cgroup(std::string_view controller);

/// The first line of a kernel file, "" when it cannot be read.
[[nodiscard]] std::string first_line(const std::filesystem::path& path);

}  // namespace wm
