#pragma once

// What `wm-supervisor report merge --json` writes, schema 1. docs/clusters.md has its fields. Pure.

#include <functional>
#include <string_view>

#include "supervisor/report/merged/merged_report.h"

namespace wm {

/// Calls `write` with one part of the text after the other, since there may be many shards. The text begins
/// like that of other reports, job_report_json_beginning().
void write_merged_json(const MergedReport& report, const std::function<void(std::string_view)>& write);

}  // namespace wm
