#pragma once

// The complete analysis of a snapshot.

#include "supervisor/analyzer/snapshot_analysis.h"
#include "supervisor/analyzer/snapshot_reader.h"

namespace wm {

/// Throws std::runtime_error when the snapshot cannot be analysed at all.
[[nodiscard]] SnapshotAnalysis analyse(const Snapshot& snapshot);

}  // namespace wm
