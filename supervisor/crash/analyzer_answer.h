#pragma once

// What wm-crash-analyzer says of a snapshot.

#include <optional>
#include <string>

#include "supervisor/analyzer/snapshot_analysis.h"

namespace wm {

struct AnalyzerAnswer {
  std::optional<SnapshotAnalysis> analysis;
  std::string problem;  // when there is none, why
};

}  // namespace wm
