#pragma once

// Upgrades journals of earlier versions: tables that have changed since are created anew with this version's
// schema, with all rows.

#include <cstdint>

#include "supervisor/journal/schema.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

inline constexpr int oldest_upgradable_version = 5;

[[nodiscard]] constexpr bool is_upgradable(std::int64_t version) noexcept {
  return version >= oldest_upgradable_version && version < journal_version;
}

/// Turns `database`, a journal of such a version, into one of this version. All or nothing. Outputs of
/// version 5 are known by path, size and time only. Throws sqlite::Error when it is damaged.
void upgrade_journal(sqlite::Database& database);

/// The same on a copy in memory, for a journal that must not be written.
[[nodiscard]] sqlite::Database upgraded_copy(const sqlite::Database& database);

}  // namespace wm
