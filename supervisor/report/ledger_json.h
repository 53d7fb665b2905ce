#pragma once

// A ledger as members of an object, as in report.json and status.json, and what a shard saw of the others.

#include <optional>

#include "common/json/json_text.h"
#include "supervisor/journal/ledger.h"
#include "supervisor/journal/run_figures.h"

namespace wm {

void put_ledger(Json& json, const Ledger& ledger);

/// An object, or null.
[[nodiscard]] Json shard_json(const std::optional<ShardReport>& report);

}  // namespace wm
