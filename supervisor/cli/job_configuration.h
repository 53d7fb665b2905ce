#pragma once

// The configuration file that belongs to a command line, and the two of them made one.

#include <string_view>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

[[nodiscard]] const OptionUse* last_use(const std::vector<OptionUse>& uses, std::string_view name);

/// Is the flag given, and not taken back?
[[nodiscard]] bool is_asked_for(const std::vector<OptionUse>& uses, std::string_view name);

/// The uses in the file of --config, else in ./wm-supervisor.toml if there is one. Throws UsageError.
[[nodiscard]] std::vector<OptionUse> configuration(const std::vector<OptionUse>& command_line);

/// The uses of the file that the command line leaves in force, then those of the command line. Single values
/// need no care: the later one wins. Lists, the inputs and the marks are replaced as a whole.
[[nodiscard]] std::vector<OptionUse> merged(std::vector<OptionUse> file,
                                            const std::vector<OptionUse>& command_line);

}  // namespace wm
