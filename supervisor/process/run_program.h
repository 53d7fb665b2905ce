#pragma once

// Runs a program to its end and captures its output, within limits: a program that hangs, dies or writes
// without end cannot exceed them. May be called from any thread.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "supervisor/process/spawn.h"

namespace wm {

struct ProgramLimits {
  std::chrono::milliseconds time{};  // zero: none
  std::size_t output_bytes = std::size_t{1} << 20;
  /// Asked every 50 ms: whether the process must end at once.
  std::function<bool(pid_t)> must_end{};
};

struct ProgramRun {
  enum class Result { ended, too_slow, too_much_output, stopped };

  Result result = Result::ended;
  ProcessEnd end{};    // if it ended by itself
  std::string output;  // bytes
};

/// Blocks until the process has ended or was killed. Captures what the process writes to its descriptor
/// `output`. Throws std::system_error when it cannot be started.
[[nodiscard]] ProgramRun run_program(SpawnRequest request, int output, const ProgramLimits& limits);

}  // namespace wm
