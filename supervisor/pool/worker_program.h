#pragma once

// Where the worker executable lies: beside the supervisor in a build tree, in libexec when installed.

#include <optional>
#include <string>
#include <string_view>

namespace wm {

/// `wanted` when it is not empty. Throws UsageError when there is no executable file.
[[nodiscard]] std::string find_worker_program(const std::string& wanted);

/// A program that belongs to this one: beside it, or where the installation puts it. None when it is missing.
[[nodiscard]] std::optional<std::string> find_own_program(std::string_view name);

}  // namespace wm
