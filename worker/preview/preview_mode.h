#pragma once

// `wm-worker preview PID`: answers one request of the supervisor with that pid and ends. It claims no tasks,
// writes no files and does not use the shared memory segment.

#include <functional>
#include <string>

namespace wm {

/// For tests: called with the input before it is opened.
using BeforePreview = std::function<void(const std::string& input)>;

/// Whether this is the command line of a preview.
[[nodiscard]] bool is_preview(int argc, char* argv[]);

/// Returns the exit code. A failure of the picture is also an answer.
[[nodiscard]] int run_preview(int argc, char* argv[], const BeforePreview& before = {});

}  // namespace wm
