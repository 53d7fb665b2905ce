#pragma once

// Upgrades journals of the previous version: their tables are created anew with this version's schema, with
// all rows.

#include "supervisor/journal/sqlite.h"

namespace wm {

inline constexpr int upgradable_journal_version = 5;

/// Turns `database`, a journal of that version, into one of this version. All or nothing. Outputs of version
/// 5 are known by path, size and time only. Throws sqlite::Error when it is damaged.
void upgrade_journal(sqlite::Database& database);

/// The same on a copy in memory, for a journal that must not be written.
[[nodiscard]] sqlite::Database upgraded_copy(const sqlite::Database& database);

}  // namespace wm
