#pragma once

// What stdout shows at the end of a run: the ledger, the phases, the stages. Pure.

#include <string>

#include "supervisor/report/run_report.h"

namespace wm {

[[nodiscard]] std::string run_summary(const RunReport& report);

}  // namespace wm
