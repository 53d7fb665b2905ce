#pragma once

// A crash report as JSON and back: report.json. Fields: docs/crash_report.md. It contains neither the
// environment nor any bytes of memory. Pure.

#include <optional>

#include "common/json/json_text.h"
#include "supervisor/crash/crash_report.h"

namespace wm {

[[nodiscard]] Json report_json(const CrashReport& report);

/// None when a field is missing or has another type: a report on disk may be damaged.
[[nodiscard]] std::optional<CrashReport> report_from(const Json& json);

}  // namespace wm
