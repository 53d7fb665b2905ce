#pragma once

// The program under which one worker may run. Functions may be called from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wm {

enum class DebuggingTool : std::uint8_t { gdb, gdbserver, valgrind };

/// Its words on the command line, in front of the worker's own. gdb goes on by itself until something
/// happens, lets the signals pass with which workers are asked for their stacks, and ends with the worker.
[[nodiscard]] std::vector<std::string> tool_command(DebuggingTool tool);

/// Whether the worker gets this program's terminal instead of a pipe.
[[nodiscard]] constexpr bool takes_the_terminal(DebuggingTool tool) {
  return tool == DebuggingTool::gdb;
}

/// What to install when it is not in PATH; none when it is.
[[nodiscard]] std::optional<std::string> missing_package(DebuggingTool tool);

}  // namespace wm
