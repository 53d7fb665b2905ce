#pragma once

// The answer to --version. One thread.

#include <string>

namespace wm {

/// The versions of the program, its commit, and its libraries. The worker is asked for its own;
/// `worker_program`: as --worker-program, "" selects the one that belongs to this program.
[[nodiscard]] std::string version_text(const std::string& worker_program);

}  // namespace wm
