#pragma once

// Journals of the version before: their tables are made anew as this version has them, with all rows.

#include "supervisor/journal/sqlite.h"

namespace wm {

inline constexpr int upgradable_journal_version = 5;

/// `database` is a journal of that version; afterwards it is one of this version. All or nothing. Outputs of
/// version 5 are known by path, size and time only. Throws sqlite::Error when it is damaged.
void upgrade_journal(sqlite::Database& database);

/// The same for a copy in memory of one that may not be written.
[[nodiscard]] sqlite::Database upgraded_copy(const sqlite::Database& database);

}  // namespace wm
