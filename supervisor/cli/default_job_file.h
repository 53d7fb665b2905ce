#pragma once

// The configuration file of the current directory, which nobody has named: it is used only when nobody but
// root and the user can have written it.

#include <optional>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

inline constexpr const char* default_job_file = "wm-supervisor.toml";

/// Its uses; nothing when there is none. Throws UsageError when it or
/// the directory belongs to somebody else or may be written by others, when it is no regular file, and for
/// what read_job_file() does not take.
[[nodiscard]] std::optional<std::vector<OptionUse>> read_default_job_file();

/// Says on stderr that it is used, since nobody asked for it.
void announce_default_job_file();

}  // namespace wm
