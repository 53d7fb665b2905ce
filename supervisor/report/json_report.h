#pragma once

// JOB_DIR/report.json, schema 1: docs/journal.md lists its fields.

#include <functional>
#include <string>

#include "supervisor/journal/job_journal.h"
#include "supervisor/report/run_report.h"

namespace wm {

/// Calls the function it is given once for every problem of the run.
using ProblemSource = std::function<void(const std::function<void(const Problem&)>&)>;

/// Writes the report to `path` by a temporary file and rename; memory does not grow with the number of
/// problems. Throws std::system_error.
void write_json_report(const std::string& path, const RunReport& report, const ProblemSource& problems);

}  // namespace wm
