#pragma once

// Looks for damage that SQLite passes over in silence: its write-ahead log ends at the first frame that is
// wrong, as after a power failure, and what was committed after it is gone. Format:
// https://www.sqlite.org/fileformat2.html, "The Write-Ahead Log".

#include <string>

namespace wm {

/// Does a commit follow that belongs to the log's present contents, after a frame that is wrong? A log that
/// was last written before the machine started may have a gap without damage: then the answer is no. A file
/// that is missing or cannot be read has none. Any thread.
[[nodiscard]] bool has_gap(const std::string& wal_path);

}  // namespace wm
