#pragma once

// The debugging tool under which one worker may run. Functions may be called from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wm {

enum class DebuggingTool : std::uint8_t { gdb, gdbserver, valgrind };

/// Its part of the command line, before the worker's own. gdb runs the worker without prompting until
/// something happens, passes on the signals that ask workers for their stacks, and exits with the worker.
[[nodiscard]] std::vector<std::string> tool_command(DebuggingTool tool);

/// Whether the worker gets this program's terminal instead of a pipe.
[[nodiscard]] constexpr bool takes_the_terminal(DebuggingTool tool) {
  return tool == DebuggingTool::gdb;
}

/// The package to install when the tool is not in PATH; none when it is.
[[nodiscard]] std::optional<std::string> missing_package(DebuggingTool tool);

}  // namespace wm
