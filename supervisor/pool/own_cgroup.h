#pragma once

// Which control group this process is in.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace wm {

/// The path of this process' cgroup in the hierarchy of `controller` ("" is v2), as /proc/self/cgroup says
/// it.
[[nodiscard]] std::optional<std::string> own_cgroup(std::string_view controller);

/// The first line of a kernel file, "" when it cannot be read.
[[nodiscard]] std::string first_line(const std::filesystem::path& path);

}  // namespace wm
