#pragma once

// Whether the tables of a journal are as this version makes them. Tables that users have added do not count.

#include "supervisor/journal/sqlite.h"

namespace wm {

/// All of them. Throws sqlite::Error.
[[nodiscard]] bool has_intact_schema(const sqlite::Database& database);
/// `file_tables` alone.
[[nodiscard]] bool has_intact_file_tables(const sqlite::Database& database);

}  // namespace wm
