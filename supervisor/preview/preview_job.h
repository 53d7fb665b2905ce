#pragma once

// A process that draws previews for a job: it gets what a run would give its workers, with the limits of a
// run.

#include "supervisor/cli/job_settings.h"
#include "supervisor/preview/preview_process.h"

namespace wm {

/// Throws UsageError when the worker program is missing, std::system_error.
[[nodiscard]] PreviewProcess preview_process(const JobSettings& settings);

}  // namespace wm
