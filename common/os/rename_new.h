#pragma once

// Renames a file only if the new name is free.

namespace wm {

/// Renames `from` to `to`, both in `directory`. False: another file has that name; nothing was changed. The
/// kernel checks and renames in one step, so two processes can never both get the same name. Where a file
/// system does not support this, a link is made and the old name removed: if killed in between, the file has
/// both names. Where links are missing as well, the check comes first, which leaves a moment for another
/// process to take the name. Throws std::system_error.
[[nodiscard]] bool rename_new(int directory, const char* from, const char* to);

}  // namespace wm
