#pragma once

// `wm-supervisor [OPTIONS] [INPUT...]`: from the command line to the exit code.

#include <span>

namespace wm {

/// `arguments` includes the program's name. Throws UsageError.
[[nodiscard]] int run_command(std::span<const char* const> arguments);

}  // namespace wm
