#pragma once

// The texts of -h and --help, made from the option table and the table of subcommands.

#include <cstddef>
#include <string>
#include <string_view>

#include "supervisor/cli/subcommand.h"

namespace wm {

/// The width of the terminal on stdout, within reason; 100 when stdout is none.
[[nodiscard]] std::size_t help_columns();

/// Every option, in lines of at most `columns`, from 60 on.
[[nodiscard]] std::string help_text(std::size_t columns);

/// What most jobs need: at most 25 lines of 80 columns.
[[nodiscard]] std::string brief_help();

[[nodiscard]] std::string subcommand_help(const Subcommand& subcommand, std::size_t columns);

/// The first statement of an option's help, for where there is little room.
[[nodiscard]] std::string_view first_clause(std::string_view help);

}  // namespace wm
