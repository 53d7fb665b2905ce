#pragma once

// What `wm-supervisor report merge` prints. Pure.

#include <string>

#include "supervisor/report/merged/merged_report.h"

namespace wm {

[[nodiscard]] std::string merged_report_text(const MergedReport& report);

}  // namespace wm
