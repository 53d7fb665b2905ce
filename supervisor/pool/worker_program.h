#pragma once

// Finds the worker executable: beside the supervisor in a build tree, in libexec when installed.

#include <optional>
#include <string>
#include <string_view>

namespace wm {

/// Returns `wanted` when it is not empty. Throws UsageError when no executable file is found.
[[nodiscard]] std::string find_worker_program(const std::string& wanted);

/// A program that belongs to this one: beside it, or in its installed location. None when it is missing.
[[nodiscard]] std::optional<std::string> find_own_program(std::string_view name);

}  // namespace wm
