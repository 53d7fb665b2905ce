#pragma once

// Prints settings as the text of a configuration file. The text is complete, so that it means the same
// wherever the file lies and even if the program's defaults change.

#include <string>
#include <string_view>

#include "supervisor/cli/job_settings.h"

namespace wm {

/// Relative paths are made absolute from `current_directory`. Throws UsageError on a path that is not
/// UTF-8, which TOML cannot hold.
[[nodiscard]] std::string config_text(const JobSettings& settings, std::string_view current_directory);

}  // namespace wm
