#pragma once

// The answer of wm-crash-analyzer about a snapshot.

#include <optional>
#include <string>

#include "supervisor/analyzer/snapshot_analysis.h"

namespace wm {

struct AnalyzerAnswer {
  std::optional<SnapshotAnalysis> analysis;
  std::string problem;  // without an analysis: the reason
};

}  // namespace wm
