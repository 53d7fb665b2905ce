#pragma once

// The texts of -h and --help, generated from the option table and the table of subcommands.

#include <cstddef>
#include <string>
#include <string_view>

#include "supervisor/cli/subcommand.h"

namespace wm {

/// The width of the terminal on stdout, clamped to 60 to 100; 100 when stdout is not a terminal.
[[nodiscard]] std::size_t help_columns();

/// Every option, in lines of at most `columns`, which must be 60 or more.
[[nodiscard]] std::string help_text(std::size_t columns);

/// The options that most jobs need, in at most 25 lines of 80 columns.
[[nodiscard]] std::string brief_help();

[[nodiscard]] std::string subcommand_help(const Subcommand& subcommand, std::size_t columns);

/// The first clause of an option's help, for use where space is short.
[[nodiscard]] std::string_view first_clause(std::string_view help);

}  // namespace wm
