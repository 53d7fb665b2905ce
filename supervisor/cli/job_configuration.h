#pragma once

// Finds the configuration file that belongs to a command line and merges the two.

#include <cstdint>
#include <string_view>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

/// ./wm-supervisor.toml is read only if the command line lacks these: a job needs inputs; a preview, whose
/// picture is named, needs marks.
enum class ReadDefaultFile : std::uint8_t { without_inputs, without_marks };

struct Configuration {
  std::vector<OptionUse> uses;      // from the file, then from the command line
  bool is_of_default_file = false;  // see announce_default_job_file()
};

/// Whether the use gives the job inputs: operands or a list of them.
[[nodiscard]] bool gives_input(const OptionUse& use);

/// Merges the command line with the file of --config or, without that option, with ./wm-supervisor.toml if it
/// exists and the command line lacks what `when` names. Options on the command line replace those of the
/// file; lists, the inputs and the marks are replaced as a whole. Throws UsageError.
[[nodiscard]] Configuration configuration(const std::vector<OptionUse>& command_line, ReadDefaultFile when);

}  // namespace wm
