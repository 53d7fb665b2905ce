#pragma once

// The implementations of the subcommands; supervisor/cli/subcommand.h describes their arguments. Each is in a
// file named after its first word, returns the exit code, and throws UsageError.

#include <optional>
#include <span>

#include "supervisor/cli/subcommand.h"

namespace wm {

/// Runs the subcommand at the beginning of `arguments` (without the program's name), or prints its help.
/// None: they do not begin with a subcommand.
[[nodiscard]] std::optional<int> run_subcommand(std::span<const char* const> arguments);

int list_crashes(const SubcommandLine& line);
int show_crash(const SubcommandLine& line);
int symbolise_crashes(const SubcommandLine& line);
int recover_crashes(const SubcommandLine& line);
int replay_crash(const SubcommandLine& line);
int show_stacks(const SubcommandLine& line);
int show_status(const SubcommandLine& line);
int report_on_job(const SubcommandLine& line);
int merge_reports(const SubcommandLine& line);
int examine_machine(const SubcommandLine& line);

/// `arguments` after the word "preview": it takes the options of a job.
int preview_picture(std::span<const char* const> arguments);

}  // namespace wm
