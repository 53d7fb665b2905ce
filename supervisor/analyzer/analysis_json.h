#pragma once

// An analysis as JSON and back: the answer of wm-crash-analyzer, and a part of report.json. Pure.

#include <optional>

#include "common/json/json_text.h"
#include "supervisor/analyzer/snapshot_analysis.h"

namespace wm {

[[nodiscard]] Json analysis_json(const SnapshotAnalysis& analysis);

/// None when a field is missing or has another type: the answer comes from a process that may have failed, or
/// from a file that may be damaged.
[[nodiscard]] std::optional<SnapshotAnalysis> analysis_from(const Json& json);

}  // namespace wm
