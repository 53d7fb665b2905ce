#pragma once

// Looks for damage that SQLite silently ignores: it reads its write-ahead log up to the first invalid frame,
// as after a power failure, and loses everything that was committed after it. Format:
// https://www.sqlite.org/fileformat2.html, "The Write-Ahead Log".

#include <optional>
#include <string>

namespace wm {

/// Whether an invalid frame is followed by a commit that belongs to the log's present contents. A log that
/// was written by another boot, of this machine or of another one, may have a gap without damage: then the
/// answer is no. `boot_id`: of the kernel that wrote it; if that is unknown, a log that was last written
/// before this machine started is another boot's. A missing file has no gap. Throws
/// std::system_error when the file cannot be read. Any thread.
[[nodiscard]] bool has_gap(const std::string& wal_path, const std::optional<std::string>& boot_id);

}  // namespace wm
