#pragma once

// The verbs of the program: each is the first word of a command line and one function in a file of its name.

#include <optional>
#include <span>

namespace wm {

/// Runs the verb that `arguments` (without the program's name) begin with and returns the exit code; none
/// when they begin with no verb. Throws UsageError.
[[nodiscard]] std::optional<int> run_verb(std::span<const char* const> arguments);

}  // namespace wm
