#pragma once

// A problem as an element of "problems" in report.json and status.json.

#include <optional>

#include "common/json/json_text.h"
#include "supervisor/journal/file_table.h"

namespace wm {

[[nodiscard]] Json problem_json(const Problem& problem);
/// None when something is missing or of the wrong kind.
[[nodiscard]] std::optional<Problem> problem_from(const Json& json);

}  // namespace wm
