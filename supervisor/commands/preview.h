#pragma once

// `wm-supervisor preview INPUT`: one picture before and after.

#include <span>

namespace wm {

/// `arguments` without the program's name and the verb. Returns the exit code. Throws UsageError.
[[nodiscard]] int preview_command(std::span<const char* const> arguments);

}  // namespace wm
