#pragma once

// A new name for a file, if nobody has it.

namespace wm {

/// Renames `from` to `to`, both in `directory`. False: another file has that name; nothing was changed. The
/// two are one step for the kernel, so two processes that want a name do not get it both. Where a file system
/// has no such step, a link is made and the old name removed: killed in between, the file has both names. A
/// file system without links as well is asked first, which leaves a moment for somebody else. Throws
/// std::system_error.
[[nodiscard]] bool rename_new(int directory, const char* from, const char* to);

}  // namespace wm
