#pragma once

// What the subcommands do; supervisor/cli/subcommand.h has what they take. Each is in a file of its first
// word, returns the exit code, and throws UsageError.

#include <optional>
#include <span>

#include "supervisor/cli/subcommand.h"

namespace wm {

/// Runs the subcommand that `arguments` (without the program's name) begin with, or prints its help. None:
/// they begin with no subcommand.
[[nodiscard]] std::optional<int> run_subcommand(std::span<const char* const> arguments);

int list_crashes(const SubcommandLine& line);
int show_crash(const SubcommandLine& line);
int symbolise_crashes(const SubcommandLine& line);
int recover_crashes(const SubcommandLine& line);
int replay_crash(const SubcommandLine& line);
int show_stacks(const SubcommandLine& line);
int examine_machine(const SubcommandLine& line);

/// `arguments` after the word "preview": it takes the options of a job.
int preview_picture(std::span<const char* const> arguments);

}  // namespace wm
