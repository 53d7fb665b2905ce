#pragma once

// Why a job has nothing to do. Pure.

#include <string>

#include "supervisor/input/input_scan.h"

namespace wm {

/// "nothing to do: 812 files skipped: .heic (812); use --ext heic to try them", for a scan that has found no
/// input. One line; the most usual causes come first.
[[nodiscard]] std::string nothing_found_text(const ScanTotals& totals);

}  // namespace wm
