#pragma once

// The configuration file that belongs to a command line, and the two of them made one.

#include <cstdint>
#include <string_view>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

/// What the command line must lack so that ./wm-supervisor.toml is read: a job needs its inputs, a preview of
/// a picture that is named needs its marks.
enum class ReadDefaultFile : std::uint8_t { without_inputs, without_marks };

struct Configuration {
  std::vector<OptionUse> uses;      // of the file, then of the command line
  bool is_of_default_file = false;  // see announce_default_job_file()
};

/// Does it give the job inputs: operands, or a list of them?
[[nodiscard]] bool gives_input(const OptionUse& use);

/// The command line after what it leaves in force of the file of --config; without one, of
/// ./wm-supervisor.toml, if there is one and the command line lacks what it is read for. Single values need
/// no care: the later one wins. Lists, the inputs and the marks are replaced as a whole. Throws UsageError.
[[nodiscard]] Configuration configuration(const std::vector<OptionUse>& command_line, ReadDefaultFile when);

}  // namespace wm
