#pragma once

// --dry-run: shows for every input what a run would do, and changes nothing.

#include "supervisor/cli/job_settings.h"

namespace wm {

/// Prints one line per input on stdout. Returns the exit code. Throws UsageError.
[[nodiscard]] int dry_run(const JobSettings& settings);

}  // namespace wm
