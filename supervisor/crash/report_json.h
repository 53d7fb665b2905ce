#pragma once

// A crash report as JSON and back: report.json. docs/crash_report.md has its fields. No environment and no
// bytes of memory are in it. Pure.

#include <optional>

#include "common/json/json_text.h"
#include "supervisor/crash/crash_report.h"

namespace wm {

[[nodiscard]] Json report_json(const CrashReport& report);

/// None when a field is missing or has another type: a report lies on disk, where it may be damaged.
[[nodiscard]] std::optional<CrashReport> report_from(const Json& json);

}  // namespace wm
