#pragma once

// --rebuild-journal: the old journal makes room for a new one and is kept.

#include <optional>
#include <string>

namespace wm {

/// Renames `database`, with what SQLite keeps beside it, to DATABASE.damaged-UTC, and returns that name; none
/// when there is no such file. The caller holds the job's lock. Throws std::system_error.
[[nodiscard]] std::optional<std::string> set_aside(const std::string& database);

}  // namespace wm
