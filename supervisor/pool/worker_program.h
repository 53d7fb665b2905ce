#pragma once

// Where the worker executable lies: beside the supervisor in a build tree, in libexec when installed.

#include <string>

namespace wm {

/// `wanted` when it is not empty. Throws UsageError when there is no executable file.
[[nodiscard]] std::string find_worker_program(const std::string& wanted);

}  // namespace wm
