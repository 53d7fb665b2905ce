#pragma once

// Settings as the text of a configuration file, complete, so that it means the same wherever it lies and
// whatever the defaults of the program become.

#include <string>
#include <string_view>

#include "supervisor/cli/job_settings.h"

namespace wm {

/// Relative paths are made absolute from `current_directory`. Throws UsageError on a path that is not
/// UTF-8, which TOML cannot hold.
[[nodiscard]] std::string config_text(const JobSettings& settings, std::string_view current_directory);

}  // namespace wm
