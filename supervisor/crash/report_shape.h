#pragma once

// Whether JSON has the fields, of the types, that readers of it rely on. A report lies on disk, where it may
// be damaged, and an analysis comes from a process that may have lost its mind. Pure.

#include <nlohmann/json_fwd.hpp>

namespace wm {

/// What wm-crash-analyzer prints.
[[nodiscard]] bool is_analysis(const nlohmann::ordered_json& json);

/// A report.json of this version.
[[nodiscard]] bool is_report(const nlohmann::ordered_json& json);

}  // namespace wm
