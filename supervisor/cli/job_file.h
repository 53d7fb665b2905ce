#pragma once

// The configuration file: TOML whose keys are the long option names, and [[mark]] tables. Paths in it are
// relative to its directory. The result is the same list of uses that a command line gives.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

/// Returns the uses in file order, except that a mark's opening option comes before its other options. `path`
/// is the file that `text` was read from: messages name it, and relative paths are resolved against its
/// directory. Throws UsageError with file and line.
[[nodiscard]] std::vector<OptionUse> parse_job_file(const std::string& path, std::string_view text);

/// Reads and parses the file at `path`, or the already open `file`. Throws UsageError.
[[nodiscard]] std::vector<OptionUse> read_job_file(const std::string& path);
[[nodiscard]] std::vector<OptionUse> read_job_file(int file, const std::string& path);

}  // namespace wm
