#pragma once

// Splits the command line into uses of options, in their order, by means of CLI11. Values are not looked at.

#include <span>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

/// Operands become uses of input_option(). Throws UsageError on an unknown option, one of a later version,
/// or one without its value.
[[nodiscard]] std::vector<OptionUse> split_arguments(std::span<const char* const> arguments);

}  // namespace wm
