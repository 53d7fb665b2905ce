#pragma once

// The configuration file in the current directory, which applies without being named. It is trusted only if
// nobody except root and the user can have written it.

#include <optional>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

inline constexpr const char* default_job_file = "wm-supervisor.toml";

/// The option uses in it; nullopt when the file does not exist. Throws UsageError when the file or its
/// directory belongs to another user or is writable by others, when the file is not a regular file, and for
/// anything that read_job_file() rejects.
[[nodiscard]] std::optional<std::vector<OptionUse>> read_default_job_file();

/// Reports on stderr that the file is used, since the user did not ask for it.
void announce_default_job_file();

}  // namespace wm
