#pragma once

// JOB_DIR/report.json, schema 1. Fields: docs/journal.md.

#include <functional>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/job_journal.h"
#include "supervisor/report/run_report.h"

namespace wm {

/// Calls the given function once for every problem of the run.
using ProblemSource = std::function<void(const std::function<void(const Problem&)>&)>;

inline constexpr const char* report_file = "report.json";

/// Replaces the report of the previous run; memory does not grow with the number of problems. Throws
/// std::system_error, UsageError, sqlite::Error.
void write_json_report(const JobDirectory& directory, const RunReport& report, const ProblemSource& problems);

}  // namespace wm
