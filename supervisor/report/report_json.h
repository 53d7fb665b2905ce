#pragma once

// What `wm-supervisor report --json` writes, schema 1. docs/monitoring.md has its fields. Pure.

#include <string>

#include "common/json/json_text.h"
#include "supervisor/report/job_report.h"

namespace wm {

[[nodiscard]] std::string job_report_json(const JobReport& report);
/// What it has about inputs: sizes, times, ways of JPEGs, problems.
void put_input_figures(Json& json, const JobReport& report);
/// How each of them begins.
[[nodiscard]] std::string job_report_json_beginning();

}  // namespace wm
