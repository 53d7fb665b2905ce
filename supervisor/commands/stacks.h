#pragma once

// `wm-supervisor stacks [JOB_DIR] [W]`: where the workers of a running job stand, without stopping it.

#include <span>

namespace wm {

/// `arguments` behind the word "stacks". Returns the exit code. Throws UsageError.
[[nodiscard]] int stacks_command(std::span<const char* const> arguments);

}  // namespace wm
