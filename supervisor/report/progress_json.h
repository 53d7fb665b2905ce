#pragma once

// A line of --progress json. docs/monitoring.md lists its fields, which have the names of status.json.

#include <string>

#include "supervisor/report/job_status.h"

namespace wm {

/// One object on one line, with its newline.
[[nodiscard]] std::string progress_json(const JobStatus& status);

}  // namespace wm
