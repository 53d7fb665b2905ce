#pragma once

// The whole analysis of a snapshot, as JSON: docs/crash_report.md has its fields.

#include <nlohmann/json_fwd.hpp>

#include "supervisor/analyzer/snapshot_reader.h"

namespace wm {

/// Throws std::runtime_error when the snapshot cannot be analysed at all.
[[nodiscard]] nlohmann::ordered_json analyse(const Snapshot& snapshot);

}  // namespace wm
