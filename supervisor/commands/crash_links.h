#pragma once

// Links from an HTML report to the reports on crashes in the job directory.

#include <functional>
#include <string>

#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Gives the link for the ID of a crash, relative to `page` (a path; "-": to the current directory) and
/// percent-encoded; "" when there is no report.
[[nodiscard]] std::function<std::string(const std::string& crash)> crash_links(const JobDirectory& job,
                                                                               const std::string& page);

}  // namespace wm
