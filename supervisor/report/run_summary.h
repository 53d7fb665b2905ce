#pragma once

// What stdout shows at the end of a run: the ledger, the phases, the stages. Pure.

#include <string>

#include "supervisor/report/run_report.h"

namespace wm {

/// "4 marked + 1 unmarked + 0 up to date + 2 failed + 0 quarantined"; without "unmarked" when there are none.
[[nodiscard]] std::string ledger_terms(const Ledger& ledger);

[[nodiscard]] std::string run_summary(const RunReport& report);

}  // namespace wm
