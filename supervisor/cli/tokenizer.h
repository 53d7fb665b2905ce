#pragma once

// Splits the command line of a run or a subcommand into uses of options and operands, in order. Values are
// not checked.
//
//   --name VALUE, --name=VALUE     an option with a value, which may begin with a dash
//   --name, --name=VALUE           a flag, or an option whose value may be left out
//   -abc, -oVALUE, -o VALUE        short names, several flags in one word
//   --                             only operands follow

#include <span>
#include <string_view>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

/// Operands become uses of input_option(); a flag's value is "true" unless one is given. `command` is the
/// command whose --help an error message recommends: "wm-supervisor doctor". Throws UsageError on an unknown
/// option or a missing value.
[[nodiscard]] std::vector<OptionUse> tokens(Options options, std::span<const char* const> arguments,
                                            std::string_view command);

}  // namespace wm
