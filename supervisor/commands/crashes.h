#pragma once

// `wm-supervisor crashes [JOB_DIR]`, `crashes show ID`, `crashes symbolise [ID...]`, `crashes recover
// JOB_DIR`.

#include <span>

namespace wm {

/// `arguments` behind the word "crashes". Returns the exit code. Throws UsageError.
[[nodiscard]] int crashes_command(std::span<const char* const> arguments);

}  // namespace wm
